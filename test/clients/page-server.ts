/** A website of its own, of another origin than Sluice: pages with the SDKs as a customer would put them there. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'

export interface PageServer extends AsyncDisposable {
  url: string
}

/** What the npm packages export, put where a test can reach it. */
const BUNDLES: Record<string, string> = {
  '/segment.js': `import { AnalyticsBrowser } from '@segment/analytics-next'; window.AnalyticsBrowser = AnalyticsBrowser`,
  '/rudder.js': `import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'; window.RudderAnalytics = RudderAnalytics`,
  '/empty.js': '',
}

/** Segment's snippet as its documentation has it; `HOST` and `KEY` stand for the query's. */
const SNIPPET = `!function(){var i="analytics",analytics=window[i]=window[i]||[];if(!analytics.initialize){analytics.invoked=!0;
analytics.methods=["trackSubmit","trackClick","trackLink","trackForm","pageview","identify","reset","group","track","ready","alias","debug","page","screen","once","off","on",
"addSourceMiddleware","addIntegrationMiddleware","setAnonymousId","addDestinationMiddleware","register"];
analytics.factory=function(e){return function(){if(window[i].initialized)return window[i][e].apply(window[i],arguments);var n=Array.prototype.slice.call(arguments);
if(["track","screen","alias","group","page","identify"].indexOf(e)>-1){var c=document.querySelector("link[rel='canonical']");
n.push({__t:"bpc",c:c&&c.getAttribute("href")||void 0,p:location.pathname,u:location.href,s:location.search,t:document.title,r:document.referrer})}
n.unshift(e);analytics.push(n);return analytics}};
for(var n=0;n<analytics.methods.length;n++){var key=analytics.methods[n];analytics[key]=analytics.factory(key)}
analytics.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;t.setAttribute("data-global-segment-analytics-key",i);
t.src="HOST/analytics.js/v1/"+key+"/analytics.min.js";var r=document.getElementsByTagName("script")[0];r.parentNode.insertBefore(t,r);analytics._loadOptions=n};
analytics._writeKey="KEY";analytics.SNIPPET_VERSION="5.2.1";analytics.load("KEY")}}();`

const PAGES: Record<string, string> = {
  '/segment': '<script src="/segment.js"></script>',
  '/rudder': '<script src="/rudder.js"></script>',
  '/snippet': `<script>${SNIPPET}</script>`,
  '/bare-tag': '<script src="HOST/analytics.js/v1/KEY/analytics.min.js"></script>',
  '/jitsu': '<script src="HOST/p.js" data-host="HOST" data-write-key="KEY:secret"></script>',
}

export async function startPageServer(): Promise<PageServer> {
  const scripts = new Map(await Promise.all(Object.entries(BUNDLES).map(async ([path, contents]) => [path, await bundle(contents)] as const)))
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://pages')
    const script = scripts.get(pathname)
    const page = PAGES[pathname]
    if (script !== undefined) return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    if (page === undefined) return void response.writeHead(404).end()
    const filled = page.replaceAll('HOST', searchParams.get('host') ?? '').replaceAll('KEY', searchParams.get('key') ?? '')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Shop</title>${filled}<h1>Shop</h1>`)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles[0]!.text
}
