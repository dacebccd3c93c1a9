// connection.ts: one WebSocket that stays: opens the session, answers calls, comes back by itself after
// sleep, tunnels and restarts. Knows JSON-RPC and nothing of discussions; every page uses it.
import { signal } from '@preact/signals';
import type { JournalEvent, Opened } from './protocol';

export type Phase = 'connecting' | 'online' | 'waiting' | 'ended';

/** What the server answered instead of a result; `message` is for people. */
export class Refused extends Error {
	constructor(
		override readonly name: string,
		message: string,
		readonly retry: boolean,
		readonly retryMs: number | undefined,
		readonly data: Record<string, unknown>,
	) {
		super(message);
	}
}

/** The line went down before an answer came: it may or may not have been done. */
export class Lost extends Error {}

export interface Wishes {
	url: string;
	/** Params of session.open, asked for at every connection. */
	opening(): Record<string, unknown>;
	onOpened(opened: Opened): void;
	/** The server refuses to open. True: what was wrong has been mended, try again at once. */
	onRefused(refused: Refused): boolean;
	onEvent(event: JournalEvent): void;
	onNotice(method: string, params: Record<string, unknown>): void;
	/** Closed for good: the device was revoked. */
	onRevoked(): void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 30000;
const PING_EVERY_MS = 25000;
const PONG_WITHIN_MS = 8000;
const ANSWER_WITHIN_MS = 20000;
const CLOSE_REVOKED = 4001;

interface Waiting {
	resolve(result: unknown): void;
	reject(error: Error): void;
	timer: number;
}

export class Connection {
	readonly phase = signal<Phase>('connecting');
	/** When the next attempt is due, in Date.now() terms; 0 while none is. */
	readonly retryAt = signal(0);

	private socket: WebSocket | null = null;
	private waiting = new Map<number, Waiting>();
	private nextId = 1;
	private failures = 0;
	private goodbyeMs: number | null = null;
	private retryTimer = 0;
	private pingTimer = 0;
	private onlineResolvers: (() => void)[] = [];

	constructor(private readonly wishes: Wishes) {
		addEventListener('online', () => this.hurry());
		addEventListener('offline', () => this.drop());
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible') this.lookAround();
		});
		addEventListener('pageshow', (event) => {
			if (event.persisted) this.lookAround();
		});
	}

	start(): void {
		if (this.socket) return;
		clearTimeout(this.retryTimer);
		this.retryAt.value = 0;
		this.phase.value = 'connecting';
		let socket: WebSocket;
		try {
			socket = new WebSocket(this.wishes.url, 'maagal.v1');
		} catch {
			this.waitThenStart();
			return;
		}
		this.socket = socket;
		// A network may swallow the handshake: a socket that does not open is as good as closed.
		const opensWithin = window.setTimeout(() => this.abandon(socket), ANSWER_WITHIN_MS);
		socket.onopen = () => {
			clearTimeout(opensWithin);
			void this.open(socket);
		};
		socket.onmessage = (message) => {
			if (this.socket === socket) this.take(String(message.data));
		};
		socket.onclose = (event) => {
			clearTimeout(opensWithin);
			this.closed(socket, event.code);
		};
	}

	/** Ends this connection and makes no other. */
	end(): void {
		const socket = this.socket;
		this.phase.value = 'ended';
		this.socket = null;
		clearTimeout(this.retryTimer);
		clearInterval(this.pingTimer);
		this.rejectAll();
		socket?.close(1000);
	}

	/** Starts over, say because the identity changed. */
	restart(): void {
		this.end();
		this.failures = 0;
		this.start();
	}

	/** One request, answered or lost; nothing is repeated here. */
	call<T>(method: string, params: Record<string, unknown>): Promise<T> {
		if (this.phase.value !== 'online') return Promise.reject(new Lost('offline'));
		return this.request<T>(method, params);
	}

	/** For what changes nothing: waits for the line and repeats as the server asks. */
	async ask<T>(method: string, params: Record<string, unknown>): Promise<T> {
		for (let attempt = 0; ; attempt++) {
			await this.whenOnline();
			try {
				return await this.request<T>(method, params);
			} catch (error) {
				if (error instanceof Lost && attempt < 20) continue;
				if (error instanceof Refused && error.retry && attempt < 8) {
					await pause(error.retryMs ?? backOff(attempt));
					continue;
				}
				throw error;
			}
		}
	}

	whenOnline(): Promise<void> {
		if (this.phase.value === 'online') return Promise.resolve();
		return new Promise((resolve) => this.onlineResolvers.push(resolve));
	}

	private request<T>(method: string, params: Record<string, unknown>): Promise<T> {
		const socket = this.socket;
		if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(new Lost('offline'));
		const id = this.nextId++;
		return new Promise<T>((resolve, reject) => {
			const timer = window.setTimeout(() => this.abandon(socket), ANSWER_WITHIN_MS);
			this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, timer });
			socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
		});
	}

	private async open(socket: WebSocket): Promise<void> {
		try {
			const opened = await this.request<Opened>('session.open', this.wishes.opening());
			if (this.socket !== socket) return;
			this.failures = 0;
			this.goodbyeMs = null;
			this.phase.value = 'online';
			this.pingTimer = window.setInterval(() => this.ping(PONG_WITHIN_MS), PING_EVERY_MS);
			this.wishes.onOpened(opened);
			for (const resolve of this.onlineResolvers.splice(0)) resolve();
		} catch (error) {
			if (this.socket !== socket || !(error instanceof Refused)) return;
			const mended = !error.retry && this.wishes.onRefused(error);
			if (!mended) this.goodbyeMs = error.retryMs ?? this.goodbyeMs;
			else this.goodbyeMs = 0;
			this.abandon(socket);
		}
	}

	private take(text: string): void {
		let frame: { id?: number; method?: string; params?: unknown; result?: unknown; error?: WireError };
		try {
			frame = JSON.parse(text);
		} catch {
			return;
		}
		if (frame.method) {
			const params = (frame.params ?? {}) as Record<string, unknown>;
			if (frame.method === 'event') this.wishes.onEvent(params as unknown as JournalEvent);
			else if (frame.method === 'goodbye') this.goodbyeMs = Number(params['retry_ms']) || 0;
			else this.wishes.onNotice(frame.method, params);
			return;
		}
		const waiting = frame.id === undefined ? undefined : this.waiting.get(frame.id);
		if (!waiting || frame.id === undefined) return;
		this.waiting.delete(frame.id);
		clearTimeout(waiting.timer);
		if (frame.error) waiting.reject(refusal(frame.error));
		else waiting.resolve(frame.result);
	}

	private closed(socket: WebSocket, code: number): void {
		if (this.socket !== socket) return;
		this.socket = null;
		clearInterval(this.pingTimer);
		this.rejectAll();
		if (code === CLOSE_REVOKED) {
			this.phase.value = 'ended';
			this.wishes.onRevoked();
			return;
		}
		this.waitThenStart();
	}

	private waitThenStart(): void {
		const wait = this.goodbyeMs ?? backOff(this.failures++);
		this.goodbyeMs = null;
		this.phase.value = 'waiting';
		this.retryAt.value = Date.now() + wait;
		clearTimeout(this.retryTimer);
		this.retryTimer = window.setTimeout(() => this.start(), wait);
	}

	/** The network is back: no need to sit out a long wait; a short one keeps a crowd apart. */
	private hurry(): void {
		if (this.phase.value !== 'waiting') return;
		const soon = 100 + Math.random() * 900;
		if (this.retryAt.value - Date.now() < soon) return;
		this.retryAt.value = Date.now() + soon;
		clearTimeout(this.retryTimer);
		this.retryTimer = window.setTimeout(() => this.start(), soon);
	}

	private drop(): void {
		if (this.socket) this.abandon(this.socket);
	}

	/** Back from sleep: a socket may look open and be long dead. */
	private lookAround(): void {
		if (this.phase.value === 'online') this.ping(4000);
		else this.hurry();
	}

	private ping(within: number): void {
		const socket = this.socket;
		if (!socket || this.phase.value !== 'online') return;
		const timer = window.setTimeout(() => this.abandon(socket), within);
		this.request('session.ping', {}).then(
			() => clearTimeout(timer),
			(error) => {
				// Refused is an answer too: the line lives.
				if (error instanceof Refused) clearTimeout(timer);
			},
		);
	}

	/** Does not wait for the other side's close frame, which may never come. */
	private abandon(socket: WebSocket): void {
		if (this.socket !== socket) return;
		socket.onclose = null;
		socket.onmessage = null;
		socket.close();
		this.closed(socket, 1006);
	}

	private rejectAll(): void {
		for (const waiting of this.waiting.values()) {
			clearTimeout(waiting.timer);
			waiting.reject(new Lost('the connection was lost'));
		}
		this.waiting.clear();
	}
}

interface WireError {
	code: number;
	message: string;
	data?: { name?: string; retry?: boolean; retry_ms?: number };
}

function refusal(error: WireError): Refused {
	const data = error.data ?? {};
	return new Refused(data.name ?? String(error.code), error.message, data.retry === true, data.retry_ms, data);
}

/** Doubles, and spreads each wait over its upper half, so that a crowd does not return as one. */
export function backOff(failures: number): number {
	const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
	return full / 2 + (Math.random() * full) / 2;
}

export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
