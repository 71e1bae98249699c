/** As much of Node's `path` as packages use on names of files that they never open. */
export const sep = '/'

export function normalize(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/')
}

export const join = (...parts: string[]): string => normalize(parts.join('/'))
export const resolve = (...parts: string[]): string => normalize(`/${parts.join('/')}`)
export const basename = (path: string, ending = ''): string => {
  const name = path.split('/').at(-1) ?? ''
  return ending !== '' && name.endsWith(ending) ? name.slice(0, -ending.length) : name
}
export const dirname = (path: string): string => path.split('/').slice(0, -1).join('/') || (path.startsWith('/') ? '/' : '.')
export const extname = (path: string): string => /[^.](\.[^.]*)$/.exec(basename(path))?.[1] ?? ''
