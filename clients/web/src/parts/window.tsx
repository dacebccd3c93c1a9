// window.tsx: a long list of which only what is near the eye is in the page. Rows may have any height;
// whatever changes above or below, what is being read stays where it is.
import type { ComponentChildren } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Row {
	key: string;
}

export interface WindowHandle {
	toEnd(): void;
	toKey(key: string): boolean;
	/** Shows the row from its beginning, or the end if all of it fits. */
	toBeginningOf(key: string): void;
	isAtEnd(): boolean;
	element(): HTMLElement | null;
}

interface Props<R extends Row> {
	rows: R[];
	draw(row: R): ComponentChildren;
	label: string;
	guess: number;
	handle(handle: WindowHandle): void;
	/** Where to begin: at a row, or at the end. */
	begin?: string | undefined;
	onTop?(): void;
	onBottom?(): void;
	onEnd?(isAtEnd: boolean): void;
	/** New rows at the end are news, and are read out. */
	isLive: boolean;
	before?: ComponentChildren;
	children?: ComponentChildren;
}

const BESIDE = 700;
const NEAR_END = 48;

type Anchor = { key: string; offset: number } | 'end';

export function LongList<R extends Row>(props: Props<R>) {
	const scroller = useRef<HTMLDivElement>(null);
	const inner = useRef<HTMLDivElement>(null);
	const above = useRef<HTMLDivElement>(null);
	const below = useRef<HTMLDivElement>(null);
	const heights = useRef(new Map<string, number>());
	const anchor = useRef<Anchor>(props.begin ? { key: props.begin, offset: 90 } : 'end');
	const placed = useRef(-1);
	const wasAtEnd = useRef<boolean | null>(null);
	const [range, setRange] = useState<[number, number]>([0, 0]);
	const latest = useRef(props);
	latest.current = props;

	const { rows } = props;
	const tops = offsets(rows, heights.current, props.guess);
	const indexes = useRef<{ rows: R[]; map: Map<string, number> } | null>(null);
	const indexOf = (key: string): number => {
		if (indexes.current?.rows !== latest.current.rows) {
			const map = new Map<string, number>();
			latest.current.rows.forEach((row, i) => map.set(row.key, i));
			indexes.current = { rows: latest.current.rows, map };
		}
		return indexes.current.map.get(key) ?? -1;
	};

	/** The rows to draw when the anchor is where it should be. */
	const wanted = (): [number, number] => {
		const element = scroller.current;
		const view = element ? element.clientHeight : 800;
		const total = tops[rows.length]!;
		let top: number;
		if (anchor.current === 'end') top = Math.max(0, total - view);
		else {
			const index = indexOf(anchor.current.key);
			top = index < 0 ? (element?.scrollTop ?? 0) : Math.max(0, tops[index]! - anchor.current.offset);
		}
		const first = Math.max(0, firstAt(tops, top - BESIDE));
		const last = Math.min(rows.length, firstAt(tops, top + view + BESIDE) + 1);
		return [first, last];
	};

	const asked = wanted();
	// Within what is drawn already there is no need to draw anew.
	const [first, last] = covers(range, asked, rows.length) ? range : asked;
	const shownFirst = Math.min(first, rows.length);
	const shownLast = Math.min(Math.max(last, shownFirst), rows.length);

	const restore = useCallback(() => {
		const element = scroller.current;
		if (!element) return;
		const { rows: now, guess } = latest.current;
		const at = offsets(now, heights.current, guess);
		let top: number;
		if (anchor.current === 'end') top = element.scrollHeight;
		else {
			const index = indexOf(anchor.current.key);
			if (index < 0) return;
			const drawn = inner.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(anchor.current.key)}"]`);
			const start = inner.current!.offsetTop;
			top = (drawn ? drawn.offsetTop : start + at[index]!) - anchor.current.offset;
		}
		if (Math.abs(element.scrollTop - top) > 1) {
			element.scrollTop = top;
			// As far as it could be scrolled: the event that follows is ours, not the reader's.
			placed.current = element.scrollTop;
		}
	}, []);

	useLayoutEffect(() => {
		const element = inner.current!;
		let changed = false;
		for (const child of element.children) {
			const key = (child as HTMLElement).dataset['key'];
			if (!key) continue;
			const height = (child as HTMLElement).getBoundingClientRect().height;
			if (Math.abs((heights.current.get(key) ?? -1) - height) > 0.5) {
				heights.current.set(key, height);
				changed = true;
			}
		}
		const at = changed ? offsets(rows, heights.current, props.guess) : tops;
		above.current!.style.height = `${at[shownFirst]!}px`;
		below.current!.style.height = `${at[rows.length]! - at[shownLast]!}px`;
		restore();
		if (changed) {
			const next = wantedNow();
			if (!covers([shownFirst, shownLast], next, rows.length)) setRange(next);
		}
		if (range[0] !== shownFirst || range[1] !== shownLast) setRange([shownFirst, shownLast]);
		tellEnd();
	});

	const wantedNow = (): [number, number] => {
		const element = scroller.current!;
		const at = offsets(latest.current.rows, heights.current, latest.current.guess);
		const top = element.scrollTop - inner.current!.offsetTop;
		return [
			Math.max(0, firstAt(at, top - BESIDE)),
			Math.min(latest.current.rows.length, firstAt(at, top + element.clientHeight + BESIDE) + 1),
		];
	};

	const isAtEnd = (): boolean => {
		const element = scroller.current;
		return !element || element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
	};

	const tellEnd = (): void => {
		const now = isAtEnd();
		if (now === wasAtEnd.current) return;
		wasAtEnd.current = now;
		latest.current.onEnd?.(now);
	};

	const onScroll = (): void => {
		const element = scroller.current!;
		if (Math.abs(element.scrollTop - placed.current) < 2) placed.current = -1;
		else if (isAtEnd()) anchor.current = 'end';
		else {
			const start = element.scrollTop;
			for (const child of inner.current!.children) {
				const row = child as HTMLElement;
				if (!row.dataset['key'] || row.offsetTop + row.offsetHeight <= start) continue;
				anchor.current = { key: row.dataset['key']!, offset: row.offsetTop - start };
				break;
			}
		}
		tellEnd();
		const next = wantedNow();
		setRange((before) => (covers(before, next, latest.current.rows.length) && before[1] - before[0] < 120 ? before : next));
		if (element.scrollTop < 600) latest.current.onTop?.();
		if (element.scrollHeight - element.scrollTop - element.clientHeight < 600) latest.current.onBottom?.();
	};

	useLayoutEffect(() => {
		const element = scroller.current!;
		let width = element.clientWidth;
		const observer = new ResizeObserver(() => {
			if (element.clientWidth !== width) {
				width = element.clientWidth;
				heights.current.clear();
			}
			setRange((before) => [before[0], before[1]]);
			restore();
		});
		observer.observe(element);
		observer.observe(inner.current!);
		latest.current.handle({
			toEnd() {
				anchor.current = 'end';
				setRange([0, 0]);
			},
			toKey(key) {
				if (indexOf(key) < 0) return false;
				anchor.current = { key, offset: Math.max(40, element.clientHeight / 3) };
				setRange([0, 0]);
				return true;
			},
			toBeginningOf(key) {
				if (indexOf(key) < 0) return;
				anchor.current = { key, offset: 8 };
				setRange([0, 0]);
				requestAnimationFrame(() => {
					if (isAtEnd()) anchor.current = 'end';
				});
			},
			isAtEnd,
			element: () => scroller.current,
		});
		return () => observer.disconnect();
	}, []);

	return (
		<div
			ref={scroller}
			class="scroller"
			role="log"
			aria-label={props.label}
			aria-live={props.isLive ? 'polite' : 'off'}
			tabIndex={0}
			onScroll={onScroll}
		>
			{props.before}
			<div ref={inner} class="rows">
				<div ref={above} aria-hidden="true" />
				{rows.slice(shownFirst, shownLast).map((row) => (
					<div key={row.key} data-key={row.key} class="row">
						{props.draw(row)}
					</div>
				))}
				<div ref={below} aria-hidden="true" />
			</div>
			{props.children}
		</div>
	);
}

/** Where each row begins, and at the last place where all end. */
function offsets<R extends Row>(rows: R[], heights: Map<string, number>, guess: number): Float64Array {
	const out = new Float64Array(rows.length + 1);
	for (let i = 0; i < rows.length; i++) out[i + 1] = out[i]! + (heights.get(rows[i]!.key) ?? guess);
	return out;
}

function firstAt(tops: Float64Array, place: number): number {
	let low = 0;
	let high = tops.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (tops[middle]! <= place) low = middle;
		else high = middle - 1;
	}
	return low;
}

function covers(drawn: [number, number], wished: [number, number], count: number): boolean {
	return drawn[0] <= wished[0] && drawn[1] >= Math.min(wished[1], count) && drawn[1] <= count && drawn[1] > drawn[0];
}
