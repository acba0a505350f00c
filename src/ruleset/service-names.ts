/** Port names that `iptables -L` without `-n` prints from /etc/services, for the ports that cluster rules speak of. */
const ports: Readonly<Record<string, string>> = {
  ftp: '21',
  ssh: '22',
  telnet: '23',
  smtp: '25',
  domain: '53',
  bootps: '67',
  bootpc: '68',
  http: '80',
  kerberos: '88',
  ntp: '123',
  snmp: '161',
  bgp: '179',
  ldap: '389',
  https: '443',
  ldaps: '636',
  'ms-sql-s': '1433',
  nfs: '2049',
  mysql: '3306',
  postgresql: '5432',
  amqp: '5672',
  redis: '6379',
  'http-alt': '8080',
}

/** The port number for a name, or the text itself. */
export function portNumber(text: string): string {
  return ports[text] ?? text
}
