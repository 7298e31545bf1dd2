import { ensureImage } from '../image.ts'

export async function image(): Promise<number> {
  const { dir } = await ensureImage(console.error)
  console.log(dir)
  return 0
}
