// appeal.tsx: an appeal: what was decided and why, what its author says to it, and the answer; never by
// whoever decided.
import { useState } from 'preact/hooks';
import { StatementText } from '../participant/inbox';
import type { Statement } from '../connection/protocol';
import { useDraft } from '../parts/draft';
import { Icon } from '../parts/icon';
import { Words } from '../parts/words';
import { dayAndClock } from '../texts/texts';
import { ActButton } from './bits';
import { decide } from './desk';
import { moveOn } from './moving';
import { Preview } from './reasons';
import { d } from './texts';
import type { Item, ItemRead } from './wire';

export function AppealPane(props: { item: Item; read: ItemRead | null; canAct: boolean; onDone(): void }) {
	const { item } = props;
	const appeal = props.read?.item.appeal ?? item.appeal!;
	const [text, setText, done] = useDraft('answer.' + appeal.id);
	const [trouble, setTrouble] = useState(false);
	const post = props.read?.item.post ?? item.post;
	const words = props.read?.item.words ?? item.words ?? item.text ?? post?.text;
	const answer = (outcome: 'upheld' | 'reversed') => {
		if (!text.trim()) {
			setTrouble(true);
			document.getElementById('appeal-text')?.focus();
			return;
		}
		done();
		props.onDone();
		moveOn([item.item]);
		decide({
			method: 'appeal.decide',
			params: { appeal: appeal.id, outcome, text: text.trim() },
			circle: item.circle,
			items: [item.item],
			told: d(outcome === 'upheld' ? 'told.upheld' : 'told.overturned'),
		});
	};
	return (
		<>
			{(appeal.until ?? item.until) && (
				<p class="deadline">
					<Icon name="clock" />
					<span>{d('appeal.until', { when: dayAndClock((appeal.until ?? item.until)!) })}</span>
				</p>
			)}
			<h3>{d('appeal.decided')}</h3>
			{words && (
				<blockquote class="quoted">
					<Words text={words} lang={post?.lang} />
				</blockquote>
			)}
			{appeal.statement && <StatementText statement={appeal.statement as Statement} />}
			<h3>{d('appeal.says')}</h3>
			<blockquote class="quoted">
				<Words text={appeal.text} />
			</blockquote>
			{appeal.decided_by_me ? (
				<p class="strip" role="note">
					<Icon name="info" />
					<span>{d('appeal.mine')}</span>
				</p>
			) : (
				<form
					class="appeal-form"
					onSubmit={(event) => event.preventDefault()}
				>
					<label class="labelled" for="appeal-text">
						{d('appeal.answer')}
						<textarea
							id="appeal-text"
							class="field"
							dir="auto"
							rows={3}
							maxLength={2000}
							value={text}
							aria-invalid={trouble}
							aria-describedby={trouble ? 'appeal-trouble' : undefined}
							onInput={(event) => {
								setText(event.currentTarget.value);
								setTrouble(false);
							}}
						/>
					</label>
					{trouble && (
						<p class="trouble" id="appeal-trouble" role="alert">
							{d('appeal.needsText')}
						</p>
					)}
					<Preview>{d('preview.appeal')}</Preview>
					<p class="buttons">
						<ActButton icon="undo" kind="primary" isDisabled={!props.canAct} onClick={() => answer('reversed')}>
							{d('appeal.overturn')}
						</ActButton>
						<ActButton icon="check" isDisabled={!props.canAct} onClick={() => answer('upheld')}>
							{d('appeal.uphold')}
						</ActButton>
					</p>
				</form>
			)}
		</>
	);
}
