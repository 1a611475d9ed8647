// Several nodes that know each other: real processes on ports that stay theirs over a restart.
import { eventually, promised } from './deadline.mjs';
import { exchange } from './http.mjs';
import { LinkProxy } from './link_proxy.mjs';
import { freePort } from './ports.mjs';
import { appToml, Server } from './server.mjs';

/** One node: what stays while processes come and go under its name. */
export class ClusterNode {
  server = null; // the process, or null
  paused = false;

  constructor(name, ports, settings) {
    Object.assign(this, { name, settings }, ports);
  }

  /** Where the others dial it. */
  get address() {
    return `127.0.0.1:${this.doorPort ?? this.clusterPort}`;
  }
  get running() {
    return this.server !== null && !this.paused;
  }
  get pid() {
    return this.server.child.pid;
  }

  async start() {
    const { toml, cluster, seeds } = this.settings;
    const quoted = seeds().map((seed) => `"${seed}"`).join(', ');
    const text = `${toml}
[node]
name = "${this.name}"
[cluster]
listen = "127.0.0.1:${this.clusterPort}"
advertise = "${this.address}"
seeds = [${quoted}]
${cluster}
`;
    this.server = await Server.start({ toml: text, port: this.port, adminPort: this.adminPort });
    return this;
  }

  /** SIGTERM, and waits for the orderly end: status 0, nothing of a sanitizer in its log. */
  async stop() {
    this.server.signal('SIGTERM');
    await this.stopped();
  }
  async stopped() {
    await this.server.stopped();
    this.server = null;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill() {
    const { server } = this;
    this.server = null;
    this.paused = false;
    server.kill();
    await server.ended;
    if (/AddressSanitizer|runtime error:/.test(server.log)) throw new Error(server.log);
  }

  pause() {
    this.server.signal('SIGSTOP');
    this.paused = true;
  }
  resume() {
    this.server.signal('SIGCONT');
    this.paused = false;
  }

  /** The status of GET /ready. */
  async ready() {
    return (await exchange(this.port, 'GET', '/ready')).status;
  }

  /** Its view of the cluster: a map from name to entry. */
  async members() {
    const { members } = JSON.parse((await exchange(this.adminPort, 'GET', '/members')).body);
    const view = new Map(members.map((member) => [member.name, member]));
    if (view.size !== members.length) throw new Error(`a name twice in /members: ${JSON.stringify(members)}`);
    return view;
  }

  /** The cluster's counters in its status. */
  async counters() {
    return (await this.server.status()).cluster;
  }

  async json(path, params = {}) {
    const response = await this.server.api('GET', path, { params });
    if (response.status !== 200) throw new Error(`GET ${path} at ${this.name} answered ${response.status}: ${response.body}`);
    return JSON.parse(response.body);
  }
}

export class Cluster {
  nodes = [];
  /** The network between the nodes; null when they dial each other directly. */
  network = null;
  #options;

  /**
   * Starts nodes n1, n2 … at once and waits until they agree. `toml` is the configuration besides [node] and [cluster], or
   * a function from a node's name to it,
   * `cluster` more lines of the latter, `proxied` puts a LinkProxy between the nodes, `seedsOf(node, all)` the addresses a
   * node is given (all by default). With `agree` false the caller waits for what it wants.
   */
  static async start(count, { agree = true, ...options } = {}) {
    const cluster = new Cluster(options);
    if (options.proxied) {
      cluster.network = new LinkProxy(() =>
        cluster.nodes.filter(({ server }) => server).map(({ name, pid }) => [name, pid]));
    }
    try {
      for (let i = 1; i <= count; ++i) await cluster.add(`n${i}`);
      await options.prepare?.(cluster);
      await Promise.all(cluster.nodes.map((node) => node.start()));
      if (agree) await cluster.agree();
    } catch (error) {
      error.message += cluster.#logs();
      await cluster.abandon();
      throw error;
    }
    return cluster;
  }

  /** Starts a cluster for `body(cluster)` and ends it; a failure tells what the nodes have logged last. */
  static async with(count, options, body) {
    const cluster = await Cluster.start(count, options);
    try {
      await body(cluster);
    } catch (error) {
      error.message += cluster.#logs();
      await cluster.abandon();
      throw error;
    }
    await cluster.close();
  }

  #logs() {
    return this.nodes.map(({ name, server }) => `\n-- ${name}: ${server ? server.log.slice(-2_000) : 'not running'}`).join('');
  }

  constructor({ toml = appToml(), cluster = '', seedsOf = (_, all) => all.map(({ address }) => address) } = {}) {
    this.#options = { toml, cluster, seedsOf };
  }

  /** A further node, not started yet; `options` are those of the cluster where they differ. */
  async add(name, options = {}) {
    const { toml: given, cluster, seedsOf } = { ...this.#options, ...options };
    const toml = typeof given === 'function' ? given(name) : given;
    const ports = { port: await freePort(), adminPort: await freePort(), clusterPort: await freePort() };
    if (this.network) ports.doorPort = await freePort();
    const node = new ClusterNode(name, ports, { toml, cluster, seeds: () => seedsOf(node, this.nodes) });
    if (this.network) await this.network.open(name, node.doorPort, node.clusterPort);
    this.nodes.push(node);
    return node;
  }

  get running() {
    return this.nodes.filter((node) => node.running);
  }

  /**
   * Waits until every one of `nodes` is ready, sees exactly all of them alive, and is linked to each. Returns how many
   * milliseconds that took.
   */
  async agree(nodes = this.running, ms = promised(10_000)) {
    const begin = Date.now();
    let missing = '';
    const agreed = async (node) => {
      const view = await node.members();
      const alive = [...view.values()].filter(({ state }) => state === 'alive').map(({ name }) => name).sort();
      const wanted = nodes.map(({ name }) => name).sort();
      const unlinked = [...view.values()].filter(({ self, state, linked }) => !self && state === 'alive' && !linked);
      const status = await node.ready();
      missing = `${node.name} sees ${alive.join(' ') || 'nobody'}, not linked to ${unlinked.map(({ name }) => name).join(' ') || 'nobody'}, /ready ${status}`;
      return status === 200 && unlinked.length === 0 && alive.join() === wanted.join();
    };
    try {
      await eventually(async () => {
        for (const node of nodes) if (!await agreed(node)) return false;
        return true;
      }, 'the nodes to agree', ms);
    } catch (error) {
      error.message += `: ${missing}`;
      throw error;
    }
    return Date.now() - begin;
  }

  /** Waits until `ask(node)` is `right` at every node, for answers that follow soon; resolves with the answers. */
  async everywhere(ask, right, what, { nodes = this.running, ms } = {}) {
    let answers = [];
    try {
      await eventually(async () => {
        answers = await Promise.all(nodes.map(ask));
        return answers.every(right);
      }, what, ms);
    } catch (error) {
      error.message += `; the last answers: ${JSON.stringify(answers)}`;
      throw error;
    }
    return answers;
  }

  /** Ends all that runs and checks that it ended well. */
  async close() {
    try {
      for (const node of this.nodes) if (node.paused) node.resume();
      await Promise.all(this.running.map((node) => node.stop()));
    } finally {
      await this.abandon();
    }
  }

  /** Ends all at once and checks nothing; for tests that have failed already. */
  async abandon() {
    for (const node of this.nodes) node.server?.kill();
    await this.network?.close();
  }
}
