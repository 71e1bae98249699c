/** Spellings of addresses that must never be reached, by what makes them private. Every attack on the guard adds a line. */
export const BLOCKED_URLS: Readonly<Record<string, readonly string[]>> = {
  'IPv4 loopback, in every way to write it': [
    'http://127.0.0.1/', 'http://127.0.0.1:9000/', 'https://127.0.0.1/', 'http://127.1/', 'http://127.0.1/', 'http://2130706433/', 'http://0x7f.1/',
    'http://0x7f000001/', 'http://0177.0.0.1/', 'http://017700000001/', 'http://127.0.0.1./', 'http://127.1./', 'http://127.255.255.254/',
    'http://１２７.0.0.1/', 'http://①②⑦.⓪.⓪.①/', 'http://127。0。0。1/', 'http://%31%32%37.0.0.1/', 'http://user:pass@127.0.0.1/',
    'HTTP://127.0.0.1/', 'http:127.0.0.1/', 'http:\\\\127.0.0.1\\', 'http://127.0.0.1\t/', '  http://127.0.0.1/',
  ],
  'names of this machine': ['http://localhost/', 'http://LOCALHOST/', 'http://localhost./', 'http://localhost:9000/'],
  'unspecified, which the system takes for loopback': ['http://0.0.0.0/', 'http://0/', 'http://0.1.2.3/', 'http://[::]/', 'http://[0:0:0:0:0:0:0:0]/'],
  'IPv6 loopback': ['http://[::1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://[0000::0001]/', 'http://[::0.0.0.1]/'],
  'IPv4 inside IPv6': [
    'http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/', 'http://[0:0:0:0:0:ffff:127.0.0.1]/', 'http://[::ffff:10.0.0.1]/', 'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:8.8.8.8]/', 'http://[::127.0.0.1]/', 'http://[::7f00:1]/', 'http://[::a00:1]/', 'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[64:ff9b:1::7f00:1]/', 'http://[2002:7f00:1::]/', 'http://[2002:a9fe:a9fe::1]/',
    'http://[2001:0:7f00:1::]/',
  ],
  'private networks': ['http://10.0.0.1/', 'http://10.255.255.255/', 'http://172.16.0.1/', 'http://172.31.255.255/', 'http://192.168.1.1/', 'http://0xc0a80101/', 'http://10.1/'],
  'link-local and metadata': [
    'http://169.254.169.254/latest/meta-data/', 'http://0xa9fea9fe/', 'http://2852039166/', 'http://169.254.1.1/', 'http://[fe80::1]/', 'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/', 'http://100.100.100.200/', 'http://192.0.0.192/', 'http://168.63.129.16/',
  ],
  'carrier-grade NAT': ['http://100.64.0.1/', 'http://100.127.255.255/'],
  'unique local and site local': ['http://[fc00::1]/', 'http://[fdff:ffff::1]/', 'http://[fec0::1]/'],
  'multicast and broadcast': ['http://224.0.0.1/', 'http://239.255.255.255/', 'http://255.255.255.255/', 'http://[ff02::1]/'],
  'reserved, documentation and benchmarking': [
    'http://192.0.2.1/', 'http://198.51.100.1/', 'http://203.0.113.1/', 'http://198.18.0.1/', 'http://192.88.99.1/', 'http://240.0.0.1/', 'http://[2001:db8::1]/', 'http://[100::1]/',
    'http://[4000::1]/', 'http://[3fff::1]/', 'http://[5f00::1]/',
  ],
  'other schemes': ['ftp://example.com/', 'file:///etc/passwd', 'data:text/plain,x', 'gopher://127.0.0.1:6379/', 'unix:/run/x.sock', 'ws://example.com/', 'javascript:1', 'blob:http://a/b'],
}
