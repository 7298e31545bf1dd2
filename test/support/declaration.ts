import type { DeviceClaim, DriveMatch, HostDeclaration } from '../../src/config/declaration.ts'

/** A host declaration of which only what matters is said; addresses may stand for claims. */
export function declaration(
  said: Partial<Omit<HostDeclaration, 'devices'>> & {
    spdk?: (string | DeviceClaim)[]
    kernel?: (string | DeviceClaim)[]
  } = {},
): HostDeclaration {
  const { spdk = [], kernel = [], ...rest } = said
  return {
    name: 'stor-01',
    address: '10.10.0.11',
    ssh: { user: 'ops', port: null, identityFiles: [], knownHosts: null, become: 'sudo', jump: [] },
    devices: { spdk: spdk.map(claim), kernel: kernel.map(claim) },
    driver: 'auto',
    inUse: 'refuse',
    hugepages: [],
    owner: null,
    persist: false,
    ...rest,
  }
}

/** The claim on an address, guarded by a serial. */
export function guarded(bdf: string, serial: string): DeviceClaim {
  return { by: 'bdf', bdf, serial }
}

/** The claim on whatever matches. */
export function matching(match: Partial<DriveMatch>): DeviceClaim {
  const any = { model: null, serial: null, numa: null, minSizeBytes: null, maxSizeBytes: null, count: null }
  return { by: 'match', match: { ...any, ...match } }
}

function claim(said: string | DeviceClaim): DeviceClaim {
  return typeof said === 'string' ? { by: 'bdf', bdf: said, serial: null } : said
}
