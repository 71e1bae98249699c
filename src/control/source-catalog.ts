/** The kinds of event sources. They differ in what the dashboard explains, and in what their settings are when nobody sets them. */
export interface SourceKind {
  slug: string
  title: string
  description: string
  /** Its events come from people's own devices. */
  isClient?: true
}

export const SOURCE_KINDS: readonly SourceKind[] = [
  { slug: 'http', title: 'HTTP API', description: 'Any program that sends to the tracking API.' },
  { slug: 'javascript', title: 'JavaScript', description: 'Websites, through analytics.js.', isClient: true },
  { slug: 'node', title: 'Node.js', description: 'Servers, through @segment/analytics-node.' },
  { slug: 'python', title: 'Python', description: 'Servers, through analytics-python.' },
  { slug: 'go', title: 'Go', description: 'Servers, through analytics-go.' },
  { slug: 'java', title: 'Java', description: 'Servers, through analytics-java.' },
  { slug: 'ruby', title: 'Ruby', description: 'Servers, through analytics-ruby.' },
  { slug: 'php', title: 'PHP', description: 'Servers, through analytics-php.' },
  { slug: 'net', title: '.NET', description: 'Servers, through Analytics.NET.' },
  { slug: 'ios', title: 'iOS', description: 'Apps, through analytics-swift.', isClient: true },
  { slug: 'android', title: 'Android', description: 'Apps, through analytics-kotlin.', isClient: true },
  { slug: 'react-native', title: 'React Native', description: 'Apps, through analytics-react-native.', isClient: true },
]

export function findSourceKind(slug: string): SourceKind | undefined {
  return SOURCE_KINDS.find((kind) => kind.slug === slug)
}
