/** The browser and the system that a `User-Agent` tells of, as a person would name them. */
export function deviceName(userAgent: string): string {
  const browser = /Firefox|Edg|Chrome|Safari/.exec(userAgent)?.[0]?.replace('Edg', 'Edge') ?? 'Browser'
  const system = /Android|iPhone|iPad|Mac OS|Windows|Linux/.exec(userAgent)?.[0]
  return system === undefined ? browser : `${browser} on ${system}`
}
