// Certificates for the nodes and servers of a test: an authority and what it signs, made with the openssl command.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

function openssl(...args) {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** An authority whose files are in `directory` (a path that exists). */
export class Authority {
  #directory;
  #name;

  constructor(directory, name = 'ca') {
    this.#directory = directory;
    this.#name = name;
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
      '-keyout', this.#path(`${name}.key`), '-out', this.certificate);
  }

  #path(file) {
    return join(this.#directory, file);
  }
  get certificate() {
    return this.#path(`${this.#name}.pem`);
  }

  /** A certificate for `name`, a DNS name or an address; returns the paths `{ certificate, key }`. */
  issue(name) {
    const file = (suffix) => this.#path(`${this.#name}-${name}.${suffix}`);
    writeFileSync(file('ext'), `subjectAltName=${isIP(name) ? 'IP' : 'DNS'}:${name}\n`);
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`,
      '-keyout', file('key'), '-out', file('csr'));
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.certificate, '-CAkey', this.#path(`${this.#name}.key`), '-CAcreateserial',
      '-days', '2', '-extfile', file('ext'), '-out', file('pem'));
    return { certificate: file('pem'), key: file('key') };
  }
}
