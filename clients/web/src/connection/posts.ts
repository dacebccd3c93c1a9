// posts.ts: what is known of each post: the rendering with the highest `rev`, whatever order and path
// events came by. Lists of posts are kept in order of `post.seq`.
import { signal, type Signal } from '@preact/signals';
import type { JournalEvent, WirePost } from './protocol';

export interface Post extends WirePost {
	/** When it was posted, as far as known: an event about it is later than that. */
	at: string;
	seq: number;
}

export class Posts {
	private readonly known = new Map<string, Signal<Post>>();

	get(id: string): Signal<Post> | undefined {
		return this.known.get(id);
	}

	/** Takes what an event tells; returns the post if it had not been known. */
	fold(event: JournalEvent): Signal<Post> | null {
		const told = event.post;
		if (!told || !told.seq) return null;
		const isItsOwn = told.seq === event.seq && event.journal.startsWith('circle/');
		const before = this.known.get(told.id);
		if (!before) {
			const fresh = signal<Post>({ ...told, seq: told.seq, at: event.at });
			this.known.set(told.id, fresh);
			return fresh;
		}
		const was = before.peek();
		const at = isItsOwn ? event.at : was.at;
		if (told.rev >= was.rev || at !== was.at)
			before.value = { ...(told.rev >= was.rev ? told : was), seq: told.seq, at };
		return null;
	}

	clear(): void {
		this.known.clear();
	}
}

/** Puts `item` in its place by `seq`; false if it was there already. */
export function insertBySeq<T extends { seq: number }>(list: T[], item: T): boolean {
	let low = 0;
	let high = list.length;
	const last = list[high - 1];
	if (!last || last.seq < item.seq) {
		list.push(item);
		return true;
	}
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle]!.seq < item.seq) low = middle + 1;
		else high = middle;
	}
	if (list[low]?.seq === item.seq) return false;
	list.splice(low, 0, item);
	return true;
}
