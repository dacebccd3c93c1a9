// bulk.tsx: the same decision for several items of the queue; each is decided singly by the server.
import { useState } from 'preact/hooks';
import { Buttons, Form } from '../parts/form';
import { gist, subject } from './bits';
import { decide } from './desk';
import { moveOn } from './moving';
import { GroundsFields, groundParams, Preview, suggested, useGrounds } from './reasons';
import { d } from './texts';
import type { Item } from './wire';

export type BulkWhat = 'release' | 'reject';
const AT_ONCE = 50;

export function BulkDialog({ what, items, onClose }: { what: BulkWhat; items: Item[]; onClose(): void }) {
	const [kept] = useState(items);
	const first = kept[0]!;
	const { grounds, set } = useGrounds(
		first.circle,
		first.post?.lang,
		what === 'reject' ? suggested(kept.flatMap((item) => item.verdict?.findings ?? [])) : null,
	);
	const authors = [...new Set(kept.map(subject))];
	const send = () => {
		if (what === 'reject' && !grounds.reason.trim()) return;
		const ids = kept.map((item) => item.item);
		moveOn(ids);
		const circles = [...new Set(kept.map((item) => item.circle))];
		for (const circle of circles) {
			const own = kept.filter((item) => item.circle === circle).map((item) => item.item);
			for (let at = 0; at < own.length; at += AT_ONCE) {
				const part = own.slice(at, at + AT_ONCE);
				decide({
					method: `desk.${what}`,
					params: { items: part, ...groundParams(grounds) },
					circle,
					items: part,
					told: d(what === 'release' ? 'told.releasedMany' : 'told.rejectedMany', { n: part.length }),
				});
			}
		}
		onClose();
	};
	return (
		<Form title={d(what === 'release' ? 'bulk.release' : 'bulk.reject', { n: kept.length })} onClose={onClose} onSend={send}>
			<p>{d('bulk.from', { names: authors.slice(0, 5).join(', ') + (authors.length > 5 ? '…' : '') })}</p>
			<ol class="bulk-list scrolls" tabIndex={0} aria-label={d('bulk')}>
				{kept.map((item) => (
					<li dir="auto" lang={item.post?.lang}>
						{gist(item).slice(0, 140)}
					</li>
				))}
			</ol>
			{what === 'reject' && <GroundsFields circle={first.circle} lang={first.post?.lang} grounds={grounds} set={set} />}
			<Preview>{d(what === 'release' ? 'preview.releaseMany' : 'preview.reject')}</Preview>
			<Buttons
				label={d(what === 'release' ? 'bulk.release' : 'bulk.reject', { n: kept.length })}
				isGrave={what === 'reject'}
				isDisabled={what === 'reject' && !grounds.reason.trim()}
				onClose={onClose}
			/>
		</Form>
	);
}
