// draft.ts: what is being written in a dialog, kept on the device: a touch beside it, a reload or a phone
// that fell asleep does not take the words away.
import { useRef, useState } from 'preact/hooks';
import { forget, newKey, recall, remember } from '../connection/memory';

/** `first`: what stands there when nothing was kept. The third lets go of what was kept. */
export function useDraft(name: string, first = ''): [string, (text: string) => void, () => void] {
	const [text, setText] = useState(() => recall<string>('draft.' + name) ?? first);
	const write = (now: string): void => {
		setText(now);
		if (now === first) forget('draft.' + name);
		else remember('draft.' + name, now);
	};
	return [text, write, () => forget('draft.' + name)];
}

/** The key under which something is sent: the same for the same content, however often it is tried again;
 * another for another, which the server would refuse under the old one. */
export function useKey(): (content: string) => string {
	const last = useRef({ content: '', key: '' });
	return (content) => {
		if (!last.current.key || last.current.content !== content) last.current = { content, key: newKey() };
		return last.current.key;
	};
}
