// journal.ts: follows one journal: catches up in pages, then live, without a gap or a repeat. After a
// lost line it goes on from the last event it applied.
import { Connection, Lost, Refused } from './connection';
import type { JournalEvent, Joined } from './protocol';

export interface JournalWishes {
	/** `circle.join`, `inbox.join`, `desk.join`, and what names the journal there. */
	method: string;
	params: Record<string, unknown>;
	/** How many posts to begin with. */
	tail(): number;
	apply(events: JournalEvent[], isLive: boolean): void;
	joined?(answer: Joined): void;
	/** The place was lost: forget what was read, it is being read afresh. */
	lost(): void;
	refused?(refused: Refused): void;
}

/** Beyond this many missed events a fresh look is quicker than catching up. */
const CATCH_UP_MOST = 600;

export class Journal {
	seq = 0;
	private isBegun = false;
	private isJoining = false;
	private again = false;
	private epoch: string | undefined;

	constructor(
		private readonly connection: Connection,
		private readonly wishes: JournalWishes,
	) {}

	/** To be called when the line is up, and whenever something seems to be missing. */
	async follow(head?: number): Promise<void> {
		if (this.isJoining) {
			this.again = true;
			return;
		}
		this.isJoining = true;
		try {
			if (this.isBegun && head !== undefined && head - this.seq > CATCH_UP_MOST) this.forget();
			await this.join();
		} catch (error) {
			if (error instanceof Refused) this.wishes.refused?.(error);
			else if (!(error instanceof Lost)) throw error;
		} finally {
			this.isJoining = false;
			if (this.again) {
				this.again = false;
				void this.follow();
			}
		}
	}

	take(event: JournalEvent): void {
		if (!this.isBegun || this.isJoining) {
			// Live events follow the join's answer; before it they belong to an older join.
			if (this.isBegun && event.seq <= this.seq) this.wishes.apply([event], true);
			return;
		}
		if (event.seq > this.seq + 1) {
			void this.follow();
			return;
		}
		if (event.seq === this.seq + 1) this.seq = event.seq;
		this.wishes.apply([event], true);
	}

	private forget(): void {
		this.isBegun = false;
		this.seq = 0;
		this.epoch = undefined;
		this.wishes.lost();
	}

	private async join(): Promise<void> {
		for (let page = 0; page < 400; page++) {
			const place = this.isBegun
				? { after: this.seq, ...(this.epoch ? { epoch: this.epoch } : {}) }
				: { tail: this.wishes.tail() };
			let answer: Joined;
			try {
				answer = await this.connection.call<Joined>(this.wishes.method, { ...this.wishes.params, ...place });
			} catch (error) {
				if (error instanceof Refused && error.name === 'position_lost') {
					this.forget();
					continue;
				}
				if (error instanceof Refused && error.retry) {
					await new Promise((resolve) => setTimeout(resolve, error.retryMs ?? 1000));
					continue;
				}
				throw error;
			}
			this.epoch = answer.epoch;
			const wasBegun = this.isBegun;
			this.isBegun = true;
			const last = answer.events[answer.events.length - 1];
			if (last) this.seq = last.seq;
			else if (!answer.more) this.seq = Math.max(this.seq, answer.head);
			this.wishes.apply(answer.events, wasBegun);
			if (!answer.more) this.isJoining = false;
			this.wishes.joined?.(answer);
			if (!answer.more) return;
		}
	}
}
