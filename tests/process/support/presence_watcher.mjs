// What a member of a presence channel was told, checked as it comes: the snapshot, then every user added and removed in turn.
import { ADDED, Collector, REMOVED } from './collector.mjs';

export class PresenceWatcher {
  /** Users that it knows of. */
  users = new Set();
  /** { kind: 'added' | 'removed', id, at } in the order they came. */
  changes = [];
  /** What no correct server says. */
  violations = [];

  /** A member `id` of `channel` on the node at `port`. */
  static async join(port, channel, id, info = {}) {
    const watcher = new PresenceWatcher();
    watcher.channel = channel;
    watcher.id = id;
    watcher.client = await Collector.open(port);
    watcher.client.onEvent((event) => watcher.#note(event));
    watcher.users = new Set((await watcher.client.join(channel, id, info)).keys());
    // Changes that came in one piece with the snapshot were noted before it was known.
    const early = watcher.changes;
    watcher.changes = [];
    watcher.violations = [];
    for (const change of early) watcher.#apply(change);
    return watcher;
  }

  #note({ channel, event, data, at }) {
    if (channel !== this.channel || (event !== ADDED && event !== REMOVED)) return;
    this.#apply({ kind: event === ADDED ? 'added' : 'removed', id: JSON.parse(data).user_id, at });
  }

  #apply(change) {
    this.changes.push(change);
    if (change.kind === 'added') {
      if (this.users.has(change.id)) this.violations.push(`${change.id} was added twice`);
      this.users.add(change.id);
    } else if (!this.users.delete(change.id)) {
      this.violations.push(`${change.id} was removed and was not there`);
    }
  }

  /** Ids of the changes of one kind, in order. */
  ids(kind, from = 0) {
    return this.changes.slice(from).filter((change) => change.kind === kind).map(({ id }) => id);
  }

  /** Resolves when it knows of exactly these users. */
  async knows(users, what, ms) {
    const wanted = [...users].sort().join();
    try {
      await this.client.until(() => [...this.users].sort().join() === wanted, what, ms);
    } catch (error) {
      const missing = [...users].filter((id) => !this.users.has(id));
      const extra = [...this.users].filter((id) => !new Set(users).has(id));
      error.message += `: ${this.id} misses ${missing.slice(0, 5)} (${missing.length}), has too many ${extra.slice(0, 5)} (${extra.length})`;
      throw error;
    }
  }

  destroy() {
    this.client.destroy();
  }
}
