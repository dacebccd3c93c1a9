// menus.tsx: what one can do with a post: copy its link, edit or withdraw one's own, report another's.
import { useState } from 'preact/hooks';
import { Lost, Refused } from '../connection/connection';
import type { Judged } from '../connection/protocol';
import type { Post } from '../connection/posts';
import { Dialog } from '../parts/dialog';
import { useDraft, useKey } from '../parts/draft';
import { Buttons, Form } from '../parts/form';
import { Icon, type IconName } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { Words } from '../parts/words';
import { t, type TextKey } from '../texts/texts';
import { connection, say, textMost } from './app';
import type { Circle } from './circle';
import { EditJudged } from './judged';
import { address, go } from './where';

export function sentenceOf(error: unknown): string {
	if (error instanceof Refused) return error.message;
	if (error instanceof Lost) return t('offline.wait');
	throw error;
}

function Item(props: { icon: IconName; onClick(): void; children: string; isGrave?: boolean }) {
	return (
		<button type="button" class={props.isGrave ? 'item grave' : 'item'} onClick={props.onClick}>
			<Icon name={props.icon} turns={props.icon === 'reply'} />
			{props.children}
		</button>
	);
}

export function PostMenu(props: { circle: Circle; post: Post; isMine: boolean; onClose(): void }) {
	const { circle, post, isMine, onClose } = props;
	const [step, setStep] = useState<'menu' | 'report' | 'edit' | 'retract' | 'link'>('menu');
	const canChange = isMine && post.state === 'visible';
	const canRetract = isMine && (post.state === 'visible' || post.state === 'redacted');
	const link =
		location.origin +
		location.pathname +
		address({ circle: circle.id, thread: post.thread, post: post.id, seq: post.seq });

	const copy = async () => {
		try {
			await navigator.clipboard.writeText(link);
			say(t('link.copied'));
			onClose();
		} catch {
			setStep('link');
		}
	};

	if (step === 'report') return <ReportDialog post={post} onClose={onClose} />;
	if (step === 'edit') return <EditDialog circle={circle} post={post} onClose={onClose} />;
	if (step === 'retract') return <RetractDialog post={post} onClose={onClose} />;
	if (step === 'link') {
		return (
			<Dialog title={t('link.copy')} onClose={onClose} kind="sheet">
				<input
					class="field"
					readOnly
					dir="ltr"
					value={link}
					aria-label={t('link.copy')}
					onFocus={(event) => event.currentTarget.select()}
				/>
			</Dialog>
		);
	}
	return (
		<Dialog title={t('post.menu')} onClose={onClose} kind="sheet">
			<div class="items">
				<Item
					icon="thread"
					onClick={() => {
						onClose();
						go({ circle: circle.id, thread: post.thread, post: post.id, seq: post.seq });
					}}
				>
					{t('thread.open')}
				</Item>
				<Item icon="link" onClick={() => void copy()}>
					{t('link.copy')}
				</Item>
				{canChange && (
					<Item icon="pen" onClick={() => setStep('edit')}>
						{t('edit')}
					</Item>
				)}
				{canRetract && (
					<Item icon="trash" isGrave onClick={() => setStep('retract')}>
						{t('retract')}
					</Item>
				)}
				{!isMine && (post.state === 'visible' || post.state === 'redacted') && (
					<Item icon="flag" onClick={() => setStep('report')}>
						{t('report')}
					</Item>
				)}
			</div>
		</Dialog>
	);
}

const REASONS = ['insult', 'hate', 'threat', 'privacy', 'misleading', 'spam', 'off_topic', 'other'] as const;

function ReportDialog({ post, onClose }: { post: Post; onClose(): void }) {
	const [reason, setReason] = useState<string>('');
	const [note, setNote, done] = useDraft('report.' + post.id);
	const [trouble, setTrouble] = useState<string | null>(null);
	const keyOf = useKey();

	const send = async () => {
		if (!reason) {
			setTrouble(t('report.choose'));
			return;
		}
		const said = { post: post.id, reason, ...(note.trim() ? { note: note.trim() } : {}) };
		try {
			await connection.call('post.report', { ...said, key: keyOf(JSON.stringify(said)) });
			done();
			say(t('report.thanks'));
			onClose();
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};

	return (
		<Form title={t('report')} onClose={onClose} onSend={() => void send()}>
			<blockquote class="quoted">
				<Words text={(post.text ?? '').slice(0, 300)} lang={post.lang} />
			</blockquote>
			<fieldset class="choices">
				<legend>{t('report.why')}</legend>
				{REASONS.map((one) => (
					<label>
						<input type="radio" name="reason" checked={reason === one} onChange={() => setReason(one)} />
						<span>{t(`report.reason.${one}` as TextKey)}</span>
					</label>
				))}
			</fieldset>
			<label class="labelled">
				{t('report.note')}
				<textarea
					class="field"
					dir="auto"
					rows={2}
					maxLength={1000}
					value={note}
					onInput={(event) => setNote(event.currentTarget.value)}
				/>
			</label>
			<p class="hint">{t('report.private')}</p>
			<Trouble of={trouble} />
			<Buttons label={t('report.send')} onClose={onClose} />
		</Form>
	);
}

function EditDialog({ circle, post, onClose }: { circle: Circle; post: Post; onClose(): void }) {
	const [text, setText, done] = useDraft('edit.' + post.id, post.text ?? '');
	const [answer, setAnswer] = useState<{ judged: Judged; text: string } | null>(null);
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isBusy, setBusy] = useState(false);
	const keyOf = useKey();

	const send = async (nudge?: string) => {
		setBusy(true);
		setTrouble(null);
		try {
			const judged = await connection.call<Judged>('post.edit', {
				post: post.id,
				rev: post.rev,
				text,
				key: keyOf(text),
				...(nudge ? { nudge } : {}),
			});
			if (judged.status === 'posted' || judged.status === 'held') {
				done();
				say(t(judged.status === 'posted' ? 'said.edited' : 'said.editHeld'));
				onClose();
				return;
			}
			setAnswer({ judged, text });
		} catch (error) {
			setTrouble(sentenceOf(error));
		} finally {
			setBusy(false);
		}
	};
	const isAnswered = answer !== null && answer.text === text;

	return (
		<Form title={t('edit')} onClose={onClose} onSend={() => void send()}>
			<label class="labelled">
				{t('edit.label')}
				<textarea
					class="field tall"
					dir="auto"
					rows={5}
					maxLength={textMost.value * 2}
					value={text}
					onInput={(event) => setText(event.currentTarget.value)}
				/>
			</label>
			{isAnswered && <EditJudged circle={circle.id} text={text} judged={answer.judged} />}
			<Trouble of={trouble} />
			<Buttons label={t('save')} isDisabled={isBusy || !text.trim() || text === post.text || isAnswered} onClose={onClose}>
				{isAnswered && answer.judged.nudge && (
					<button type="button" class="button" disabled={isBusy} onClick={() => void send(answer.judged.nudge)}>
						{t('nudge.anyway')}
					</button>
				)}
			</Buttons>
		</Form>
	);
}

function RetractDialog({ post, onClose }: { post: Post; onClose(): void }) {
	const [trouble, setTrouble] = useState<string | null>(null);
	const keyOf = useKey();
	const retract = async () => {
		try {
			await connection.call('post.retract', { post: post.id, key: keyOf(post.id) });
			say(t('said.retracted'));
			onClose();
		} catch (error) {
			setTrouble(sentenceOf(error));
		}
	};
	return (
		<Dialog title={t('retract')} onClose={onClose}>
			<p>{t('retract.text')}</p>
			<Trouble of={trouble} />
			<Buttons label={t('retract.yes')} isGrave onDo={() => void retract()} onClose={onClose} />
		</Dialog>
	);
}
