// Waiting for what has to happen, never for time to pass: every wait names its event and ends at a deadline.

/** Generous, because builds with sanitizers on a busy machine are slow; nothing is as slow as this. */
export const patienceMs = 20_000;

/** Resolves like `promise`, or rejects with a sentence when the deadline comes first. */
export async function within(promise, what, ms = patienceMs) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What one callback was given, in order: `put` is the callback and takes its first argument. */
export class Inbox {
  items = [];
  #wakers = new Set();

  put = (item) => {
    this.items.push(item);
    for (const wake of [...this.#wakers])
      wake();
  };

  /** Resolves with all items as soon as `enough(items)` holds. */
  async until(enough, what, ms = patienceMs) {
    let wake;
    const fulfilled = new Promise((resolve, reject) => {
      wake = () => {
        try {
          if (enough(this.items))
            resolve(this.items);
        } catch (error) {
          reject(error);
        }
      };
      this.#wakers.add(wake);
      wake();
    });
    try {
      return await within(fulfilled, what, ms);
    } catch (error) {
      error.message += `; until then: ${JSON.stringify(this.items)}`;
      throw error;
    } finally {
      this.#wakers.delete(wake);
    }
  }

  /** Resolves with all items once there are `count` of them. */
  async count(count, what, ms) {
    return this.until((items) => items.length >= count, `${what} (${count} of them)`, ms);
  }

  /** Resolves with the first item that satisfies `wanted`. */
  async first(wanted, what, ms) {
    const items = await this.until((all) => all.some(wanted), what, ms);
    return items.find(wanted);
  }
}

/** An inbox of what `target` emits as `event`; works with everything of pusher-js that has `bind`. */
export function inboxOf(target, event) {
  const inbox = new Inbox();
  target.bind(event, inbox.put);
  return inbox;
}

/** Asks again until the answer is `right`, for states that follow soon after, and resolves with that answer. */
export async function eventually(ask, right, what, ms = patienceMs) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (right(answer))
      return answer;
    if (Date.now() > deadline)
      throw new Error(`${what} did not come true within ${ms} ms; the last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
