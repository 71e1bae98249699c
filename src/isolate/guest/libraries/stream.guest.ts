export * from 'readable-stream'
