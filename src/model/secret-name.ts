/** Which names say that their value is a secret: headers, query parameters, and settings that nobody has declared. */
const SECRET_NAME = /auth(?!or(?!iz))|cookie|token|secret|passw|credential|signature|api[-_]?key|access[-_]?key|private[-_]?key|^key$/i

export function soundsSecret(name: string): boolean {
  return SECRET_NAME.test(name)
}
