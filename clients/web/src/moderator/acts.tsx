// acts.tsx: what one can do beyond the queue, from the mildest up; each says beforehand what others see.
import { useId, useState } from 'preact/hooks';
import { standing } from '../participant/app';
import { Dialog } from '../parts/dialog';
import { useDraft } from '../parts/draft';
import { Buttons, Form } from '../parts/form';
import { Icon, type IconName } from '../parts/icon';
import { Words, type Span } from '../parts/words';
import { chooseLanguage, clock, dayAndClock, LANGUAGES, t, type Lang } from '../texts/texts';
import { speakLanguage } from '../participant/app';
import { ask, asked, type Asked } from './asked';
import { decide, decisions, deskOf, desks, now } from './desk';
import { HandoverDialog } from './duty';
import { KEYS } from './keys';
import { MaskWords, maskedText } from './mask';
import { moveOn } from './moving';
import { lang } from './participant';
import { PersonDialog } from './person';
import { prefer, prefs, type Prefs } from './prefs';
import { GroundsFields, groundParams, Preview, rulesOf, suggested, useGrounds } from './reasons';
import { d, named } from './texts';
import { DOORS, STEPS, type Preset, type Step } from './wire';
import { openThread } from './where';

type Of<K extends Asked['kind']> = Asked extends infer A ? (A extends { kind: infer N } ? (K extends N ? A : never) : never) : never;

/* ---- about a post ---- */

function RejectDialog({ of, onClose }: { of: Of<'reject'>; onClose(): void }) {
	const { item } = of;
	const { grounds, set } = useGrounds(
		item.circle,
		item.post?.lang,
		suggested(item.verdict?.findings),
		item.verdict?.findings?.[0]?.rule,
	);
	const send = () => {
		if (!grounds.reason.trim()) return;
		moveOn([item.item]);
		decide({
			method: 'desk.reject',
			params: { item: item.item, ...groundParams(grounds) },
			circle: item.circle,
			items: [item.item],
			told: d('told.rejected'),
		});
		onClose();
	};
	return (
		<Form title={d(item.kind === 'edit' ? 'reject.edit' : 'reject.title')} onClose={onClose} onSend={send}>
			<GroundsFields circle={item.circle} lang={item.post?.lang} grounds={grounds} set={set} />
			<Preview>{d(item.kind === 'edit' ? 'preview.rejectEdit' : 'preview.reject')}</Preview>
			<Buttons label={d('reject')} isGrave isDisabled={!grounds.reason.trim()} onClose={onClose} />
		</Form>
	);
}

function MaskDialog({ of, onClose }: { of: Of<'mask'>; onClose(): void }) {
	const { circle } = of;
	const post = standing(of.post);
	const [spans, setSpans] = useState<Span[]>([]);
	const { grounds, set } = useGrounds(circle, post.lang, suggested(of.findings, of.item?.reports) ?? 'insult', of.findings?.[0]?.rule);
	const first = (of.findings ?? []).filter((one) => one.end !== undefined).map((one) => ({ start: one.start ?? 0, end: one.end! }));
	const send = () => {
		if (!spans.length || !grounds.reason.trim()) return;
		if (of.item) moveOn([of.item.item]);
		decide({
			method: 'desk.redact',
			params: { post: post.id, rev: post.rev, spans, ...groundParams({ ...grounds }) },
			circle,
			items: of.item ? [of.item.item] : [],
			told: d('told.masked'),
			undo: { method: 'desk.restore', params: { post: post.id, rev: null, reason: d('undo.reason', {}, asLang(post.lang)) }, told: d('told.restored') },
		});
		onClose();
	};
	return (
		<Form title={d('mask.title')} onClose={onClose} onSend={send}>
			<p class="hint">{d('mask.how')}</p>
			<MaskWords text={post.text ?? ''} lang={post.lang} first={first} label={d('mask.words')} onChange={setSpans} />
			{spans.length > 0 && (
				<div class="preview-box">
					<p class="hint">{d('mask.seen')}</p>
					<Words text={maskedText(post.text ?? '', spans)} lang={post.lang} />
				</div>
			)}
			<GroundsFields circle={circle} lang={post.lang} grounds={grounds} set={set} />
			<Buttons label={d('mask')} isDisabled={!spans.length || !grounds.reason.trim()} onClose={onClose} />
		</Form>
	);
}

function asLang(wish: string | undefined): Lang {
	return wish === 'he' || wish === 'ar' || wish === 'en' ? wish : lang.peek();
}

function RemoveDialog({ of, onClose }: { of: Of<'remove' | 'restore'>; onClose(): void }) {
	const { circle } = of;
	const post = standing(of.post);
	const isBack = of.kind === 'restore';
	const { grounds, set } = useGrounds(
		circle,
		post.lang,
		isBack ? null : suggested(of.item?.verdict?.findings, of.item?.reports),
		of.item?.verdict?.findings?.[0]?.rule,
	);
	const reason = grounds.reason.trim() || (isBack ? d('restore.reason', {}, asLang(post.lang)) : '');
	const send = () => {
		if (!reason) return;
		if (of.item) moveOn([of.item.item]);
		const back = isBack ? undefined : { method: 'desk.restore', params: { post: post.id, rev: null, reason: d('undo.reason', {}, asLang(post.lang)) }, told: d('told.restored') };
		decide({
			method: isBack ? 'desk.restore' : 'desk.remove',
			params: { post: post.id, rev: post.rev, ...groundParams({ ...grounds, reason }) },
			circle,
			items: of.item ? [of.item.item] : [],
			told: d(isBack ? 'told.restored' : 'told.removed'),
			...(back ? { undo: back } : {}),
		});
		onClose();
	};
	return (
		<Form title={d(isBack ? 'restore.title' : 'remove.title')} onClose={onClose} onSend={send}>
			{post.text && (
				<blockquote class="quoted">
					<Words text={post.text.slice(0, 300)} lang={post.lang} />
				</blockquote>
			)}
			<GroundsFields circle={circle} lang={post.lang} grounds={grounds} set={set} isInside={isBack} isOptional={isBack} />
			<Preview>{d(isBack ? 'preview.restore' : 'preview.remove')}</Preview>
			<Buttons label={d(isBack ? 'restore' : 'remove')} isGrave={!isBack} isDisabled={!reason} onClose={onClose} />
		</Form>
	);
}

function Choice(props: { icon: IconName; isGrave?: boolean; onClick(): void; children: string }) {
	return (
		<button type="button" class={props.isGrave ? 'item grave' : 'item'} onClick={props.onClick}>
			<Icon name={props.icon} />
			{props.children}
		</button>
	);
}

function PostDialog({ of, onClose }: { of: Of<'post'>; onClose(): void }) {
	const { circle } = of;
	const post = standing(of.post);
	const stands = post.state === 'visible' || post.state === 'redacted';
	const isFrozen = deskOf(circle)?.state()?.frozen?.includes(post.thread) ?? false;
	return (
		<Dialog title={t('post.menu')} onClose={onClose} kind="sheet">
			<div class="items">
				{stands && (
					<>
						<Choice icon="mask" onClick={() => ask({ kind: 'mask', circle, post })}>
							{d('mask')}
						</Choice>
						<Choice icon="trash" isGrave onClick={() => ask({ kind: 'remove', circle, post })}>
							{d('remove')}
						</Choice>
					</>
				)}
				{(post.state === 'removed' || post.state === 'redacted') && (
					<Choice icon="undo" onClick={() => ask({ kind: 'restore', circle, post })}>
						{d('restore')}
					</Choice>
				)}
				<Choice icon="person" onClick={() => ask({ kind: 'sanction', circle, participant: post.author, cause: post.id, lang: post.lang })}>
					{d('sanction')}
				</Choice>
				<Choice icon="snow" onClick={() => ask({ kind: 'freeze', circle, thread: post.thread, isFrozen })}>
					{d(isFrozen ? 'thaw' : 'freeze')}
				</Choice>
				<Choice
					icon="thread"
					onClick={() => {
						onClose();
						openThread(circle, post.thread);
					}}
				>
					{d('thread.open')}
				</Choice>
				<Choice icon="note" onClick={() => ask({ kind: 'note', circle, about: { post: post.id } })}>
					{d('note')}
				</Choice>
			</div>
		</Dialog>
	);
}

/* ---- about somebody ---- */

const MINUTES = [10, 30, 60, 360, 1440, 4320, 10080] as const;

function minutesText(minutes: number): string {
	if (minutes < 60) return d('time.minutes', { n: minutes });
	if (minutes < 1440) return d('time.hours', { n: minutes / 60 });
	return d('time.days', { n: minutes / 1440 });
}

function Minutes(props: { value: number; set(minutes: number): void; choices?: readonly number[]; none?: string }) {
	return (
		<div class="chips wrap" role="group" aria-label={d('time.label')}>
			{props.none && (
				<button type="button" class="chip" aria-pressed={props.value === 0} onClick={() => props.set(0)}>
					{props.none}
				</button>
			)}
			{(props.choices ?? MINUTES).map((minutes) => (
				<button type="button" class="chip" aria-pressed={props.value === minutes} onClick={() => props.set(minutes)}>
					{minutesText(minutes)}
				</button>
			))}
		</div>
	);
}

const FIRST_MINUTES: Record<Step, number> = { warn: 0, slow: 60, premoderate: 1440, mute: 60, exclude: 1440 };

function SanctionDialog({ of, onClose }: { of: Of<'sanction'>; onClose(): void }) {
	const { circle, participant } = of;
	const [step, setStep] = useState<Step>('warn');
	const [minutes, setMinutes] = useState(FIRST_MINUTES.warn);
	const { grounds, set } = useGrounds(circle, of.lang, suggested(of.findings), of.findings?.[0]?.rule);
	const send = () => {
		if (!grounds.reason.trim()) return;
		const { note, ...told } = groundParams(grounds);
		decide({
			method: 'desk.sanction',
			params: { circle, participant: participant.id, step, ...(step !== 'warn' && minutes ? { minutes } : {}), cause: of.cause, ...told, ...(note ? { note } : {}) },
			circle,
			items: [],
			told: d('told.sanctioned', { step: named('step', step), name: participant.name }),
			undo: {
				method: 'desk.lift',
				params: { sanction: null, reason: d('undo.reason', {}, asLang(of.lang)) },
				told: d('told.lifted'),
			},
		});
		onClose();
	};
	return (
		<Form title={d('sanction.title', { name: participant.name })} onClose={onClose} onSend={send}>
			<fieldset class="choices ladder">
				<legend>{d('sanction.step')}</legend>
				{STEPS.map((one) => (
					<label>
						<input
							type="radio"
							name="step"
							checked={step === one}
							onChange={() => {
								setStep(one);
								setMinutes(FIRST_MINUTES[one]);
							}}
						/>
						<span>
							<strong>{d(`step.${one}`)}</strong>
							<small>{d(`stepText.${one}`)}</small>
						</span>
					</label>
				))}
			</fieldset>
			{step !== 'warn' && (
				<div class="labelled">
					{d('time.for')}
					<Minutes value={minutes} set={setMinutes} />
				</div>
			)}
			<GroundsFields circle={circle} lang={of.lang} grounds={grounds} set={set} />
			<Preview>
				{step === 'warn'
					? d('preview.warn')
					: d(`preview.${step}`, { time: minutesText(minutes) })}
			</Preview>
			<Buttons label={d(`step.${step}`)} isGrave={step === 'mute' || step === 'exclude'} isDisabled={!grounds.reason.trim()} onClose={onClose} />
		</Form>
	);
}

function LiftDialog({ of, onClose }: { of: Of<'lift'>; onClose(): void }) {
	const { grounds, set } = useGrounds(of.circle, undefined, null);
	const send = () => {
		decide({
			method: 'desk.lift',
			params: { sanction: of.sanction.sanction, reason: grounds.reason.trim() || d('lift.reason') },
			circle: of.circle,
			items: [],
			told: d('told.lifted'),
		});
		onClose();
	};
	return (
		<Form title={d('lift.title', { step: named('step', of.sanction.step), name: of.participant.name })} onClose={onClose} onSend={send}>
			<p>{d('lift.only')}</p>
			<label class="labelled">
				{d('reason.labelOptional')}
				<textarea class="field" dir="auto" rows={2} value={grounds.reason} onInput={(event) => set({ reason: event.currentTarget.value })} />
			</label>
			<Buttons label={d('lift')} onClose={onClose} />
		</Form>
	);
}

/* ---- about the circle ---- */

const PACES = [0, 10, 30, 60, 120, 300, 900] as const;

function paceText(seconds: number): string {
	if (!seconds) return d('pace.off');
	if (seconds < 60) return d('time.seconds', { n: seconds });
	return minutesText(seconds / 60);
}

function untilParam(minutes: number): Record<string, string> {
	return minutes ? { until: new Date(Date.now() + minutes * 60000).toISOString() } : {};
}

function PaceDialog({ of, onClose }: { of: Of<'pace'>; onClose(): void }) {
	const state = deskOf(of.circle)?.state();
	const was = state?.pace ?? 0;
	const [seconds, setSeconds] = useState<number>(was || 30);
	const [minutes, setMinutes] = useState(30);
	const [reason, setReason] = useState('');
	const send = () => {
		decide({
			method: 'desk.pace',
			params: { circle: of.circle, seconds, ...(seconds ? untilParam(minutes) : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) },
			circle: of.circle,
			items: [],
			told: seconds ? d('told.pace', { time: paceText(seconds) }) : d('told.paceOff'),
			undo: { method: 'desk.pace', params: { circle: of.circle, seconds: was }, told: d('told.undone') },
		});
		onClose();
	};
	return (
		<Form title={d('pace.title')} onClose={onClose} onSend={send}>
			<p class="hint">{d('pace.text')}</p>
			<div class="labelled">
				{d('pace.one')}
				<div class="chips wrap" role="group" aria-label={d('pace.one')}>
					{PACES.map((one) => (
						<button type="button" class="chip" aria-pressed={seconds === one} onClick={() => setSeconds(one)}>
							{paceText(one)}
						</button>
					))}
				</div>
			</div>
			{seconds > 0 && (
				<div class="labelled">
					{d('time.for')}
					<Minutes value={minutes} set={setMinutes} choices={[15, 30, 60, 180]} none={d('time.untilChanged')} />
				</div>
			)}
			<ReasonLine value={reason} set={setReason} />
			<Preview>{seconds ? d('preview.pace', { time: paceText(seconds) }) : d('preview.paceOff')}</Preview>
			<Buttons label={d('pace.do')} onClose={onClose} />
		</Form>
	);
}

function ReasonLine({ value, set, label }: { value: string; set(text: string): void; label?: string }) {
	return (
		<label class="labelled">
			{label ?? d('reason.labelOptional')}
			<input class="field" dir="auto" maxLength={500} value={value} onInput={(event) => set(event.currentTarget.value)} />
		</label>
	);
}

function DoorDialog({ of, onClose }: { of: Of<'door'>; onClose(): void }) {
	const was = deskOf(of.circle)?.state()?.door ?? 'open';
	const [door, setDoor] = useState(was);
	const [reason, setReason] = useState('');
	const send = () => {
		decide({
			method: 'desk.door',
			params: { circle: of.circle, door, ...(reason.trim() ? { reason: reason.trim() } : {}) },
			circle: of.circle,
			items: [],
			told: d('told.door', { door: named('door', door) }),
			undo: { method: 'desk.door', params: { circle: of.circle, door: was }, told: d('told.undone') },
		});
		onClose();
	};
	return (
		<Form title={d('door.title')} onClose={onClose} onSend={send}>
			<fieldset class="choices ladder">
				<legend>{d('door.legend')}</legend>
				{DOORS.map((one) => (
					<label>
						<input type="radio" name="door" checked={door === one} onChange={() => setDoor(one)} />
						<span>
							<strong>{d(`door.${one}`)}</strong>
							<small>{d(`doorText.${one}`)}</small>
						</span>
					</label>
				))}
			</fieldset>
			<ReasonLine value={reason} set={setReason} />
			<Preview>{d(door === 'open' ? 'preview.door.open' : door === 'closed' ? 'preview.door.closed' : 'preview.door.premoderated')}</Preview>
			<Buttons label={d('door.do')} isDisabled={door === was} onClose={onClose} />
		</Form>
	);
}

function FreezeDialog({ of, onClose }: { of: Of<'freeze'>; onClose(): void }) {
	const [reason, setReason] = useState('');
	const base = { circle: of.circle, thread: of.thread };
	const send = () => {
		decide({
			method: of.isFrozen ? 'desk.thaw' : 'desk.freeze',
			params: { ...base, ...(reason.trim() ? { reason: reason.trim() } : {}) },
			circle: of.circle,
			items: [],
			told: d(of.isFrozen ? 'told.thawed' : 'told.frozen'),
			undo: { method: of.isFrozen ? 'desk.freeze' : 'desk.thaw', params: base, told: d('told.undone') },
		});
		onClose();
	};
	return (
		<Form title={d(of.isFrozen ? 'thaw.title' : 'freeze.title')} onClose={onClose} onSend={send}>
			{!of.isFrozen && <ReasonLine value={reason} set={setReason} />}
			<Preview>{d(of.isFrozen ? 'preview.thaw' : 'preview.freeze')}</Preview>
			<Buttons label={d(of.isFrozen ? 'thaw' : 'freeze')} onClose={onClose} />
		</Form>
	);
}

function NoticeDialog({ of, onClose }: { of: Of<'notice'>; onClose(): void }) {
	const desk = deskOf(of.circle);
	const [text, setText, done] = useDraft('notice.' + of.circle);
	const id = useId();
	// Sent by its name, everyone reads it in their own language.
	const template = desk?.templates.find((one) => one.text === text);
	const send = () => {
		if (!text.trim()) return;
		decide({
			method: 'desk.notice',
			params: { circle: of.circle, ...(template ? { template: template.id } : { text: text.trim() }) },
			circle: of.circle,
			items: [],
			told: d('told.notice'),
		});
		done();
		onClose();
	};
	return (
		<Form title={d('notice.title')} onClose={onClose} onSend={send}>
			{!!desk?.templates.length && (
				<div class="templates" role="group" aria-label={d('notice.templates')}>
					{desk.templates.map((template) => (
						<button type="button" class="template" dir="auto" aria-pressed={text === template.text} onClick={() => setText(template.text)}>
							{template.text}
						</button>
					))}
				</div>
			)}
			<label class="labelled" for={id}>
				{d('notice.label')}
				<textarea id={id} class="field" dir="auto" rows={3} maxLength={1000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
			</label>
			<Preview>{d('preview.notice')}</Preview>
			<Buttons label={d('notice.do')} isDisabled={!text.trim()} onClose={onClose} />
		</Form>
	);
}

export function isPinned(pinned: unknown): boolean {
	if (Array.isArray(pinned)) return pinned.length > 0;
	if (pinned && typeof pinned === 'object') return Object.keys(pinned).length > 0;
	return !!pinned;
}

function pinnedRules(pinned: unknown): string[] | null {
	const rules = (pinned as { rules?: string[] } | null)?.rules;
	return Array.isArray(rules) && rules.length ? rules : null;
}

function PinDialog({ of, onClose }: { of: Of<'pin'>; onClose(): void }) {
	const state = deskOf(of.circle)?.state()?.pinned;
	const is = isPinned(state);
	const send = () => {
		decide({
			method: 'desk.pin',
			params: { circle: of.circle, rules: is ? [] : true },
			circle: of.circle,
			items: [],
			told: d(is ? 'told.unpinned' : 'told.pinned'),
			undo: { method: 'desk.pin', params: { circle: of.circle, rules: is ? (pinnedRules(state) ?? true) : [] }, told: d('told.undone') },
		});
		onClose();
	};
	return (
		<Form title={d(is ? 'unpin.title' : 'pin.title')} onClose={onClose} onSend={send}>
			<ol class="rules">
				{rulesOf(of.circle).map((rule) => (
					<li dir="auto">{rule.text}</li>
				))}
			</ol>
			<Preview>{d(is ? 'preview.unpin' : 'preview.pin')}</Preview>
			<Buttons label={d(is ? 'unpin' : 'pin')} onClose={onClose} />
		</Form>
	);
}

function presetDoes(preset: Preset): string[] {
	const does: string[] = [];
	if (preset.pace) does.push(d('does.pace', { time: paceText(preset.pace) }));
	if (preset.door && preset.door !== 'open') does.push(d(preset.door === 'closed' ? 'does.doorClosed' : 'does.doorPremoderated'));
	if (preset.policy) does.push(d('does.policy'));
	if (preset.freeze) does.push(d('does.freeze'));
	return does;
}

function CrisisDialog({ of, onClose }: { of: Of<'crisis'>; onClose(): void }) {
	const [circle, setCircle] = useState(of.circle);
	const desk = deskOf(circle);
	// While one lasts another may take its place; the same again would change nothing.
	const inForce = desk?.state()?.crisis?.preset;
	const presets = (desk?.presets ?? []).filter((one) => one.id !== inForce);
	const [chosen, setPreset] = useState('');
	const preset = presets.some((one) => one.id === chosen) ? chosen : (presets[0]?.id ?? '');
	const [minutes, setMinutes] = useState(30);
	const [reason, setReason] = useState(t('crisis.ready'));
	const send = () => {
		if (!preset || !reason.trim()) return;
		decide({
			method: 'desk.crisis_begin',
			params: { circle, preset, minutes, reason: reason.trim() },
			circle,
			items: [],
			told: d('told.crisis'),
			undo: { method: 'desk.crisis_end', params: { circle }, told: d('told.crisisEnded') },
		});
		onClose();
	};
	return (
		<Form title={d('crisis.title')} onClose={onClose} onSend={send}>
			<p class="hint">{d('crisis.text')}</p>
			{desks.value.length > 1 && (
				<label class="labelled">
					{d('filter.circle')}
					<select class="field" value={circle} onChange={(event) => setCircle(event.currentTarget.value)}>
						{desks.value.map((one) => (
							<option value={one.id}>{one.title()}</option>
						))}
					</select>
				</label>
			)}
			<fieldset class="choices ladder">
				<legend>{d('crisis.preset')}</legend>
				{presets.map((one) => (
					<label>
						<input type="radio" name="preset" checked={preset === one.id} onChange={() => setPreset(one.id)} />
						<span>
							<strong dir="auto">{one.title}</strong>
							<small dir="auto">{one.text ?? presetDoes(one).join(' · ')}</small>
						</span>
					</label>
				))}
			</fieldset>
			<div class="labelled">
				{d('time.for')}
				<Minutes value={minutes} set={setMinutes} choices={[10, 20, 30, 60, 120]} />
			</div>
			<ReasonLine value={reason} set={setReason} label={d('crisis.reason')} />
			<Preview>{d('preview.crisis', { reason: reason.trim() || '…', when: clock(now.value + minutes * 60000) })}</Preview>
			<Buttons label={d('crisis.do')} isGrave isDisabled={!preset || !reason.trim()} onClose={onClose} />
		</Form>
	);
}

function CrisisEndDialog({ of, onClose }: { of: Of<'crisisEnd'>; onClose(): void }) {
	const [reason, setReason] = useState('');
	return (
		<Form
			title={d('crisis.end')}
			onClose={onClose}
			onSend={() => {
				endCrisis(of.circle, reason);
				onClose();
			}}
		>
			<ReasonLine value={reason} set={setReason} />
			<Preview>{d('preview.crisisEnd')}</Preview>
			<Buttons label={d('crisis.end')} onClose={onClose} />
		</Form>
	);
}

function endCrisis(circle: string, reason: string): void {
	decide({
		method: 'desk.crisis_end',
		params: { circle, ...(reason.trim() ? { reason: reason.trim() } : {}) },
		circle,
		items: [],
		told: d('told.crisisEnded'),
	});
}

/* ---- among moderators ---- */

function NoteDialog({ of, onClose }: { of: Of<'note'>; onClose(): void }) {
	const [text, setText, done] = useDraft(`note.${of.circle}.${JSON.stringify(of.about)}`);
	const send = () => {
		if (!text.trim()) return;
		decide({ method: 'desk.note', params: { circle: of.circle, text: text.trim(), ...of.about }, circle: of.circle, items: [], told: d('told.note') });
		done();
		onClose();
	};
	return (
		<Form title={d('note.title')} onClose={onClose} onSend={send}>
			<p class="hint">{d('note.inside')}</p>
			<label class="labelled">
				{d('note')}
				<textarea class="field" dir="auto" rows={3} maxLength={2000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
			</label>
			<Buttons label={t('save')} isDisabled={!text.trim()} onClose={onClose} />
		</Form>
	);
}

function HelpDialog({ onClose }: { onClose(): void }) {
	return (
		<Dialog title={d('help.title')} onClose={onClose}>
			<label class="check">
				<input type="checkbox" checked={prefs.value.keys} onChange={(event) => prefer({ keys: event.currentTarget.checked })} />
				<span>{d('prefs.keys')}</span>
			</label>
			<dl class="keys">
				{KEYS.map((key) => (
					<div>
						<dt>
							<kbd dir="ltr">{key.shown}</kbd>
							{key.keys?.[0]?.startsWith('Arrow') && (
								<kbd dir="ltr">{key.keys[0] === 'ArrowDown' ? '↓' : '↑'}</kbd>
							)}
						</dt>
						<dd>{d(`key.${key.name}`)}</dd>
					</div>
				))}
				<div>
					<dt>
						<kbd dir="ltr">Ctrl+Enter</kbd>
					</dt>
					<dd>{d('key.send')}</dd>
				</div>
			</dl>
		</Dialog>
	);
}

function PrefsDialog({ onClose }: { onClose(): void }) {
	const names: (keyof Prefs)[] = ['keys', 'moves', 'blur', 'sound', 'vibration'];
	return (
		<Dialog title={d('prefs')} onClose={onClose}>
			{names.map((name) => (
				<label class="check">
					<input type="checkbox" checked={prefs.value[name]} onChange={(event) => prefer({ [name]: event.currentTarget.checked })} />
					<span>{d(`prefs.${name}`)}</span>
				</label>
			))}
			<div class="labelled">
				{t('language')}
				<div class="languages" role="group" aria-label={t('language')}>
					{LANGUAGES.map((one) => (
						<button
							type="button"
							lang={one.lang}
							aria-pressed={lang.value === one.lang}
							onClick={() => {
								chooseLanguage(one.lang);
								void speakLanguage(one.lang);
							}}
						>
							{one.name}
						</button>
					))}
				</div>
			</div>
		</Dialog>
	);
}

/** What waits for the line: it will be sent; or one takes it back. */
function WaitingDialog({ onClose }: { onClose(): void }) {
	const list = decisions.list.value;
	return (
		<Dialog title={d('waiting.title')} onClose={onClose}>
			<p class="hint">{d('waiting.text')}</p>
			<ul class="plain-list">
				{list.map((one) => (
					<li class="waiting-line">
						<span>{one.told}</span> <span class="muted">{dayAndClock(one.at)}</span>
					</li>
				))}
			</ul>
			{!list.length && <p class="empty">{d('waiting.none')}</p>}
		</Dialog>
	);
}

export function Dialogs() {
	const of = asked.value;
	if (!of) return null;
	const onClose = () => {
		// Another may have been asked for meanwhile.
		if (asked.peek() === of) asked.value = null;
	};
	const props = { onClose };
	switch (of.kind) {
		case 'reject':
			return <RejectDialog key={of.item.item} of={of} {...props} />;
		case 'mask':
			return <MaskDialog key={'m' + of.post.id} of={of} {...props} />;
		case 'remove':
		case 'restore':
			return <RemoveDialog key={of.kind + of.post.id} of={of} {...props} />;
		case 'post':
			return <PostDialog key={'p' + of.post.id} of={of} {...props} />;
		case 'person':
			return <PersonDialog key={'n' + of.participant.id} circle={of.circle} participant={of.participant} {...props} />;
		case 'sanction':
			return <SanctionDialog key={'s' + of.participant.id} of={of} {...props} />;
		case 'lift':
			return <LiftDialog key={'l' + of.sanction.sanction} of={of} {...props} />;
		case 'pace':
			return <PaceDialog of={of as Of<'pace'>} {...props} />;
		case 'door':
			return <DoorDialog of={of as Of<'door'>} {...props} />;
		case 'freeze':
			return <FreezeDialog key={'f' + of.thread} of={of} {...props} />;
		case 'notice':
			return <NoticeDialog of={of as Of<'notice'>} {...props} />;
		case 'pin':
			return <PinDialog of={of as Of<'pin'>} {...props} />;
		case 'crisis':
			return <CrisisDialog of={of as Of<'crisis'>} {...props} />;
		case 'crisisEnd':
			return <CrisisEndDialog of={of as Of<'crisisEnd'>} {...props} />;
		case 'note':
			return <NoteDialog of={of} {...props} />;
		case 'help':
			return <HelpDialog {...props} />;
		case 'prefs':
			return <PrefsDialog {...props} />;
		case 'waiting':
			return <WaitingDialog {...props} />;
		case 'handover':
			return <HandoverDialog {...props} />;
	}
}

