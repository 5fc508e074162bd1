/** Ways to write a URL whose host is one that no webhook may reach. */

const forbiddenV4 = {
  loopback: ['127.0.0.1', '127.0.0.2', '127.1.2.3', '127.255.255.254'],
  unspecified: ['0.0.0.0', '0.1.2.3'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.0.1', '192.168.255.1'],
  'link-local and metadata': ['169.254.169.254', '169.254.170.2', '169.254.0.1'],
  'carrier-grade NAT and metadata': ['100.64.0.1', '100.100.100.200', '100.127.255.254'],
  'protocol assignments and metadata': ['192.0.0.192', '168.63.129.16'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1'],
  benchmarks: ['198.18.0.1'],
  multicast: ['224.0.0.1', '239.255.255.250'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
}

const forbiddenV6 = {
  loopback: ['::1', '0:0:0:0:0:0:0:1', '0000::0001'],
  unspecified: ['::', '0::0'],
  mapped: ['::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:10.0.0.1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:192.168.0.1'],
  'mapped though public': ['::ffff:8.8.8.8', '::ffff:808:808'],
  compatible: ['::127.0.0.1', '::7f00:1', '::10.0.0.1', '::169.254.169.254'],
  'translated (SIIT)': ['::ffff:0:127.0.0.1', '::ffff:0:a00:1'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b::8.8.8.8'],
  'local NAT64': ['64:ff9b:1::127.0.0.1', '64:ff9b:1:ffff::a00:1'],
  '6to4': ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::', '2002:c0a8:1::1'],
  Teredo: ['2001::1', '2001:0:7f00:1::', '2001:0:4136:e378:8000:63bf:80ff:fffe'],
  'unique local': ['fc00::1', 'fd00::1', 'fd00:ec2::254', 'fdff:ffff::1'],
  'link-local': ['fe80::1', 'fe80::a9fe:a9fe', 'febf::1'],
  'site-local': ['fec0::1', 'feff::1'],
  multicast: ['ff02::1', 'ff05::1:3', 'ff0e::1'],
  documentation: ['2001:db8::1', '3fff::1'],
  'discard and others': ['100::1', '5f00::1', '2001:10::1', '2001:20::1'],
}

/** The addresses as a resolver gives them. */
export const forbiddenAddresses: readonly string[] = [
  ...Object.values(forbiddenV4).flat(),
  ...Object.values(forbiddenV6).flat(),
  'fe80::1%lo',
  'fe80::1%1',
  '::1%0',
]

/** Every way in which the URL standard, or a lenient parser, reads an IPv4 address. */
function formsOf(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const number = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (value: number) => `0x${value.toString(16)}`
  const octal = (value: number) => `0${value.toString(8)}`
  const wide = [...address].map((char) => (char === '.' ? '．' : String.fromCodePoint(0xff10 + Number(char)))).join('')
  return [
    address,
    String(number),
    hex(number),
    `0X${number.toString(16).toUpperCase().padStart(10, '0')}`,
    octal(number),
    [a, b, c, d].map(hex).join('.'),
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map((part) => octal(part).padStart(6, '0')).join('.'),
    `${hex(a)}.${b}.${octal(c)}.${d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${octal(a)}.${hex((b * 256 + c) * 256 + d)}`,
    `${address}.`,
    wide,
    address.replaceAll('.', '。'),
    address.replaceAll('.', '%2e'),
    `%3${address.slice(0, 1)}${address.slice(1)}`,
  ]
}

/** Each table of hosts by what it is, for a URL that is `scheme://host:port/`. */
export const forbiddenHosts: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(Object.entries(forbiddenV4).map(([kind, list]) => [`IPv4 ${kind}`, list.flatMap(formsOf)])),
  ...Object.fromEntries(
    Object.entries(forbiddenV6).map(([kind, list]) => [`IPv6 ${kind}`, list.map((address) => `[${address}]`)]),
  ),
  'IPv6 zones': ['[fe80::1%lo]', '[fe80::1%25lo]', '[fe80::1%251]', '[::1%25lo]', '[::1%lo]', '[::ffff:127.0.0.1%251]'],
  'names of this machine': [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'a.b.localhost.',
    'ｌｏｃａｌｈｏｓｔ',
    'localhos%74',
  ],
}

/** `LOCAL` is 127.0.0.1:PORT. */
const tricks: Readonly<Record<string, readonly string[]>> = {
  'user names and passwords': [
    'http://example.com@LOCAL/',
    'http://example.com:80@LOCAL/',
    'http://a:b@LOCAL/',
    'http://:b@LOCAL/',
    'http://example.com%40@LOCAL/',
    'http://example.com%2f@LOCAL/',
    'http://LOCAL@example.com/',
    'http://LOCAL@example.com@LOCAL/',
    'http://a@[::1]:PORT/',
    'http://foo@evil@LOCAL/',
  ],
  'delimiters in odd places': [
    'http://LOCAL#@example.com/',
    'http://LOCAL?@example.com/',
    'http://LOCAL\\@example.com/',
    'http://LOCAL/@example.com/',
    'http://LOCAL;@example.com/',
    'http://LOCAL#example.com',
    'http://LOCAL%23@example.com/',
    'http://example.com\\@LOCAL/',
    'http://example.com#@LOCAL/',
    'http://example.com/@LOCAL/',
    'http://example.com?@LOCAL/',
    'http://example.com:LOCAL/',
    'http://LOCAL:80/',
    'http://127.0.0.1:PORT0/',
    'http://127.0.0.1:0PORT/',
    'http://127.0.0.1:PORT%00/',
  ],
  'slashes and backslashes': [
    'http:LOCAL/',
    'http:/LOCAL/',
    'http:///LOCAL/',
    'http:////LOCAL/',
    'http:\\\\LOCAL\\',
    'http:/\\LOCAL/',
    'http:\\/LOCAL/',
    '//LOCAL/',
    '\\\\LOCAL\\',
    '/LOCAL/',
    'LOCAL',
    '127.0.0.1',
  ],
  'tabs, line ends and blanks': [
    'ht\ttp://LOCAL/',
    'http:\n//LOCAL/',
    'http:/\r/LOCAL/',
    'http://127.\t0.0.1:PORT/',
    'http://127.0.\n0.1:PORT/',
    'http://127.0.0.1\r:PORT/',
    'http://127.0.0.1:SPLIT/',
    ' http://LOCAL/',
    '\u0000http://LOCAL/',
    'http://LOCAL/ ',
    'http:// LOCAL/',
    'http://127.0.0.1 :PORT/',
    'http://127.0.0.1\u0000.example.com:PORT/',
    'http://127.0.0.1%00.example.com:PORT/',
    'http://127.0.0.1%20:PORT/',
    'http://127.0.0.1\u00ad:PORT/',
    'http://127.0.0.\u200b1:PORT/',
    'http://\u2060127.0.0.1:PORT/',
    'http://LOCAL/\r\nHost: example.com',
  ],
  'other letters for the same': [
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://127。0。0。1:PORT/',
    'http://127．0．0．1:PORT/',
    'http://127｡0｡0｡1:PORT/',
    'http://𝟭𝟮𝟳.𝟬.𝟬.𝟭:PORT/',
    'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/',
    'http://0ⅹ7f000001:PORT/',
  ],
  'schemes in capitals': ['HTTP://LOCAL/', 'hTtP://LOCAL/', 'HTTPS://LOCAL/', 'HtTpS://LOCAL/'],
  'other schemes': [
    ...['ftp', 'file', 'gopher', 'dict', 'ldap', 'ldaps', 'tftp', 'ws', 'wss', 'ssh', 'sftp', 'telnet', 'redis', 'jar'],
    ...['netdoc', 'smtp', 'imap', 'unix', 'http+unix', 'httpx', 'view-source', 'feed'],
  ].map((scheme) => `${scheme}://LOCAL/`),
  'no address at all': [
    '',
    'http://',
    'http:///',
    'http://:80/',
    'http://[/',
    'http://[]/',
    'http://[127.0.0.1]/',
    'http://[::ffff:127.1]/',
    'http://256.256.256.256/',
    'http://127.0.0.1.5/',
    'http://0x7f.0.0.0.1/',
    'http://127.0.0.0x/',
    'http://4294967296/',
    'http://127..0.1/',
    'data:text/plain,http://LOCAL/',
    'javascript:fetch("http://LOCAL/")',
    'blob:http://LOCAL/x',
    'about:blank',
    'jar:http://LOCAL!/',
    'url:http://LOCAL/',
  ],
}

/** URLs that are read one way by some parsers and another way by others; none may come to 127.0.0.1:port. */
export const trickyUrls: Readonly<Record<string, (port: number) => string[]>> = Object.fromEntries(
  Object.entries(tricks).map(([kind, list]) => [kind, (port: number) => list.map((text) => fill(text, String(port)))]),
)

function fill(text: string, port: string): string {
  const split = `${port.slice(0, 2)}\t${port.slice(2)}`
  return text.replaceAll('LOCAL', `127.0.0.1:${port}`).replaceAll('PORT', port).replaceAll('SPLIT', split)
}
