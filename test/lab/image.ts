import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot, keyOf } from './cache.ts'

const SOURCES = join(import.meta.dirname, 'image')

/** The files that every guest boots from; shared and never written to. */
export interface Image {
  readonly dir: string
  readonly kernel: string
  readonly initrd: string
  readonly root: string
  readonly identityFile: string
  readonly hostKeyFile: string
}

/** The image's folder: its name hashes everything that goes into it, so a change makes a new one. */
export async function imageDir(): Promise<string> {
  const names = (await readdir(SOURCES)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(SOURCES, name))))
  return join(cacheRoot(), `image-${keyOf([...names, ...texts])}`)
}

/** The image, built first when it is not in the cache (two to three minutes). `log` gets the builder's words. */
export async function ensureImage(log: (line: string) => void = () => {}): Promise<Image> {
  const dir = await imageDir()
  if (!existsSync(dir)) await build(dir, log)
  return {
    dir,
    kernel: join(dir, 'kernel'),
    initrd: join(dir, 'initrd.img'),
    root: join(dir, 'root.img'),
    identityFile: join(dir, 'id_ed25519'),
    hostKeyFile: join(dir, 'ssh_host_ed25519_key.pub'),
  }
}

async function build(dir: string, log: (line: string) => void): Promise<void> {
  await mkdir(cacheRoot(), { recursive: true })
  log(`lab: building the guest image ${dir}`)
  // flock(1) frees the lock when its holder dies, so no stale lock can be left; the second process
  // waits and then finds the image made.
  const script = join(SOURCES, 'build.sh')
  const child = spawn('flock', [join(cacheRoot(), 'build.lock'), 'sh', script, dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const line of text.split('\n').filter(Boolean)) log(`lab: image: ${line}`)
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) {
    throw new Error(
      `building the lab image failed (${code}); did test/lab/prepare.sh run?\n${said.slice(-3000)}`,
    )
  }
}
