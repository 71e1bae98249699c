/** A destination function that posts each event to an address, as an author would write it. */
export function forwardFunction(url: string): string {
  return `
async function onTrack(event: { messageId: string }) {
  let response
  try {
    response = await fetch(${JSON.stringify(url)}, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(event),
    })
  } catch (error) {
    throw new RetryError(\`the sink could not be reached: \${(error as Error).message}\`)
  }
  if (response.status >= 500 || response.status === 429) throw new RetryError(\`the sink answered \${response.status}\`)
  if (!response.ok) throw new Error(\`the sink refused the event with \${response.status}\`)
}
`
}
