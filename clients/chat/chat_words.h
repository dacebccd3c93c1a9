/* chat_words.h: the terminal client's own words in Hebrew, Arabic and English, compiled in:
 * the client may run far from any server's config. What the server says it says itself, in the same
 * language. {} stands for one value. Pure. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

#define CHAT_WORD_LIST(X) \
	X(ACCEPT_ASK, "מסכימים? (כן / לא)", "هل توافقون؟ (نعم / لا)", "Do you accept? (yes / no)") \
	X(ACCEPT_LATER, "אפשר לקרוא. כדי לכתוב: /accept", "يمكنكم القراءة. للكتابة: /accept", \
	  "You can read. To write: /accept") \
	X(ACCEPTED, "תודה, אפשר לכתוב.", "شكرًا، يمكنكم الكتابة.", "Thank you, you can write now.") \
	X(ALERT_ITEM, "[{}] התראה ({}). לקחת אותה: /claim", "[{}] تنبيه ({}). لتولّيه: /claim", \
	  "[{}] An alert ({}). Take it: /claim") \
	X(APPEAL_ITEM, "[{}] ערעור: {}", "[{}] اعتراض: {}", "[{}] An appeal: {}") \
	X(APPEAL_SENT, "הערעור נשלח.", "أُرسل الاعتراض.", "The appeal was sent.") \
	X(BYE, "להתראות.", "إلى اللقاء.", "Goodbye.") \
	X(CHARTER, "אמנת השיתוף (גרסה {})", "ميثاق المشاركة (نسخة {})", "The charter (version {})") \
	X(CHARTER_DECISION, "איך מתקבלות ההחלטות", "كيف تُتخذ القرارات", "How decisions are taken") \
	X(CHARTER_ENDS, "עד מתי", "حتى متى", "Until when") \
	X(CHARTER_GOALS, "לשם מה", "لأي غاية", "What for") \
	X(CHARTER_HOW, "איך זה עובד", "كيف يعمل هذا", "How it works") \
	X(CHARTER_PRODUCT, "מה יוצא מזה", "ماذا ينتج عن ذلك", "What comes of it") \
	X(CHARTER_PROMISES, "מה אנחנו מבטיחים", "بماذا نتعهد", "What we promise") \
	X(CHARTER_RULES, "כללי הדיון", "قواعد النقاش", "Rules of the discussion") \
	X(CHARTER_USE, "מה נעשה במה שתכתבו", "ماذا نفعل بما تكتبونه", \
	  "What we do with what you write") \
	X(CHOOSE_CIRCLE, "לאיזה מעגל להיכנס? כתבו את המספר שלו.", "إلى أي حلقة ندخل؟ اكتبوا رقمها.", \
	  "Which circle? Type its number.") \
	X(CIRCLE_CLOSED, "הדיון במעגל הסתיים.", "انتهى النقاش في الحلقة.", \
	  "The discussion in this circle has ended.") \
	X(CRISIS_BEGUN, "מצב משבר: {}", "وضع الأزمة: {}", "Crisis mode: {}") \
	X(CRISIS_ENDED, "הדיון חזר למסלולו.", "عاد النقاش إلى مساره.", \
	  "The discussion is back to normal.") \
	X(DECIDED, "בוצע.", "تم.", "Done.") \
	X(DOOR_CHANGED, "הכניסה למצטרפים חדשים: {}", "دخول المنضمين الجدد: {}", \
	  "The door for newcomers: {}") \
	X(EDITED, "נערך", "عُدّلت", "edited") \
	X(ERASED, "[תוכן ההודעה נמחק]", "[حُذف محتوى الرسالة]", "[the words were erased]") \
	X(HELD, "ההודעה מחכה לצוות ההנחיה.", "الرسالة بانتظار فريق إدارة النقاش.", \
	  "Your post is waiting for the moderating team.") \
	X(HELD_PUBLISHED, "אם לא תתקבל החלטה עד {}, ההודעה תפורסם.", \
	  "إن لم يُتخذ قرار حتى {} فستُنشر الرسالة.", \
	  "If nobody decides by {}, it will be published.") \
	X(HELD_RETURNED, "אם לא תתקבל החלטה עד {}, ההודעה תחזור אליכם.", \
	  "إن لم يُتخذ قرار حتى {} فستعود الرسالة إليكم.", \
	  "If nobody decides by {}, it comes back to you.") \
	X(HELD_STAYS, "ההודעה תמתין עד שתתקבל החלטה.", "ستنتظر الرسالة إلى أن يُتخذ قرار.", \
	  "It will wait until someone decides.") \
	X(HELP_TITLE, "כל שורה שתכתבו תישלח. שורה שמתחילה ב־/ היא פקודה:", \
	  "كل سطر تكتبونه يُرسل. السطر الذي يبدأ بـ / هو أمر:", \
	  "What you type is posted. A line that begins with / is a command:") \
	X(INBOX_APPEAL, "לערעור: /appeal {} והנימוק שלכם", "للاعتراض: /appeal {} وتعليلكم", \
	  "To appeal: /appeal {} and your reasons") \
	X(INBOX_APPEAL_DECIDED, "הוכרע הערעור שלכם", "بُتّ في اعتراضكم", "Your appeal was decided") \
	X(INBOX_EMPTY, "התיבה האישית ריקה.", "صندوقكم الشخصي فارغ.", "Your inbox is empty.") \
	X(INBOX_LIFTED, "הוסרה הגבלה", "رُفع تقييد", "A restriction was lifted") \
	X(INBOX_MENTIONED, "הזכירו אתכם", "ذكركم أحدهم", "You were mentioned") \
	X(INBOX_POST_HELD, "הודעה שלכם ממתינה", "رسالة لكم بالانتظار", "A post of yours is waiting") \
	X(INBOX_POST_REDACTED, "חלק מהודעה שלכם הוסתר", "أُخفي جزء من رسالة لكم", \
	  "Words in your post were masked") \
	X(INBOX_POST_REJECTED, "הודעה שלכם לא פורסמה", "لم تُنشر رسالة لكم", \
	  "A post of yours was not published") \
	X(INBOX_POST_RELEASED, "הודעה שלכם פורסמה", "نُشرت رسالة لكم", \
	  "A post of yours was published") \
	X(INBOX_POST_REMOVED, "הודעה שלכם הוסרה", "أُزيلت رسالة لكم", "A post of yours was removed") \
	X(INBOX_POST_RESTORED, "הודעה שלכם הוחזרה", "أُعيدت رسالة لكم", "A post of yours is back") \
	X(INBOX_REPLIED, "השיבו לכם", "ردّ عليكم أحدهم", "Someone answered you") \
	X(INBOX_REPORT_CLOSED, "הדיווח שלכם נבדק", "روجع بلاغكم", "Your report was looked at") \
	X(INBOX_SANCTIONED, "הוטלה הגבלה על ההשתתפות שלכם", "فُرض تقييد على مشاركتكم", \
	  "Your part here was limited") \
	X(JOINED, "{} · מחוברים בשם {}", "{} · أنتم متصلون باسم {}", "{} · you are {}") \
	X(MEMBERS, "חברי המעגל", "أعضاء الحلقة", "Members of the circle") \
	X(MORE, "יש עוד. /history מציג הודעות קודמות.", "يوجد المزيد. /history يعرض رسائل سابقة.", \
	  "There is more: /history shows earlier posts.") \
	X(NAME_ASK, "באיזה שם להציג אתכם?", "بأي اسم نعرضكم؟", "Which name shall be shown?") \
	X(NO_CIRCLE, "אין כאן מעגל שפתוח לפניכם.", "لا توجد هنا حلقة مفتوحة أمامكم.", \
	  "There is no circle here that is open to you.") \
	X(NO_SUCH_ITEM, "אין פריט כזה. /queue מציג את התור.", \
	  "لا يوجد بند كهذا. /queue يعرض القائمة.", "There is no such item. /queue shows the queue.") \
	X(NO_SUCH_POST, "אין הודעה במספר הזה.", "لا توجد رسالة بهذا الرقم.", \
	  "There is no post with that number.") \
	X(NOTHING_EARLIER, "זו תחילת הדיון.", "هذه بداية النقاش.", \
	  "This is where the discussion begins.") \
	X(NOTHING_FOUND, "לא נמצא דבר.", "لم يُعثر على شيء.", "Nothing was found.") \
	X(NOTHING_TO_SEND, "אין הודעה שממתינה לאישור שלכם.", "لا توجد رسالة بانتظار موافقتكم.", \
	  "There is nothing waiting to be sent.") \
	X(NUDGED, "רגע לפני ששולחים:", "لحظة قبل الإرسال:", "Before this is sent:") \
	X(NUDGED_HOW, "אפשר לנסח אחרת ולשלוח שוב, או לשלוח כמו שזה: /send", \
	  "يمكنكم إعادة الصياغة والإرسال، أو الإرسال كما هي: /send", \
	  "Write it differently, or send it as it is: /send") \
	X(OFFLINE, "החיבור נותק. מתחברים מחדש…", "انقطع الاتصال. نعيد الاتصال…", \
	  "The connection is lost. Reconnecting…") \
	X(ONLINE, "החיבור חזר.", "عاد الاتصال.", "Connected again.") \
	X(PACE_CHANGED, "קצב הכתיבה: הודעה אחת בכל {} שניות.", \
	  "وتيرة الكتابة: رسالة واحدة كل {} ثانية.", "Pace: one post every {} seconds.") \
	X(PACE_NORMAL, "קצב הכתיבה חזר לרגיל.", "عادت وتيرة الكتابة إلى المعتاد.", \
	  "The pace is back to normal.") \
	X(POSTED, "פורסם #{}", "نُشرت #{}", "posted #{}") \
	X(QUEUE_EMPTY, "התור ריק.", "القائمة فارغة.", "The queue is empty.") \
	X(QUEUE_NEW, "הודעה חדשה ממתינה בתור. /queue", "رسالة جديدة في قائمة الانتظار. /queue", \
	  "A new item is waiting in the queue: /queue") \
	X(QUEUE_WAITING, "ממתינים בתור: {}. /queue", "بالانتظار: {}. /queue", \
	  "Waiting in the queue: {}. /queue") \
	X(REDACTED, "חלק מהמילים הוסתרו", "أُخفيت بعض الكلمات", "some words are masked") \
	X(REJECTED, "ההודעה לא פורסמה.", "لم تُنشر الرسالة.", "Your post was not published.") \
	X(REMOVED, "[ההודעה הוסרה בידי צוות ההנחיה]", "[أزال فريق إدارة النقاش هذه الرسالة]", \
	  "[removed by the moderating team]") \
	X(REPORTED, "תודה. הדיווח הגיע לצוות ההנחיה.", "شكرًا. وصل البلاغ إلى فريق إدارة النقاش.", \
	  "Thank you. The moderating team has your report.") \
	X(RETRACTED, "[ההודעה נמשכה בידי מי שכתבו אותה]", "[سُحبت الرسالة من قِبل كاتبها]", \
	  "[withdrawn by its author]") \
	X(ROLE_CONVENOR, "הובלת התהליך", "إدارة المسار", "convenor") \
	X(ROLE_MODERATOR, "מנחה", "إدارة النقاش", "moderator") \
	X(ROLE_OBSERVER, "צופה", "مراقب/ة", "observer") \
	X(RULES_PINNED, "כללי הדיון הוצמדו בראש המעגל.", "ثُبّتت قواعد النقاش في أعلى الحلقة.", \
	  "The rules were pinned.") \
	X(THREAD_FROZEN, "שרשור #{} נעצר בינתיים.", "أُوقفت السلسلة #{} مؤقتًا.", \
	  "Thread #{} is paused.") \
	X(THREAD_IN, "כותבים עכשיו בשרשור #{}. ליציאה: /thread", \
	  "تكتبون الآن في السلسلة #{}. للخروج: /thread", \
	  "You are writing in thread #{}. To leave it: /thread") \
	X(THREAD_OUT, "ההודעה הבאה תפתח שרשור חדש.", "ستفتح رسالتكم التالية سلسلة جديدة.", \
	  "Your next post opens a new thread.") \
	X(THREAD_THAWED, "שרשור #{} נפתח שוב.", "فُتحت السلسلة #{} من جديد.", \
	  "Thread #{} is open again.") \
	X(UNKNOWN_COMMAND, "אין פקודה כזאת. /help מציג את כולן.", \
	  "لا يوجد أمر كهذا. /help يعرض جميع الأوامر.", "There is no such command: /help lists them.") \
	X(USAGE, "כך כותבים את הפקודה: {}", "يُكتب الأمر هكذا: {}", "Write it like this: {}") \
	X(WAITING, "אין חיבור כרגע. מה שכתבתם יישלח כשהחיבור יחזור.", \
	  "لا اتصال الآن. سيُرسل ما كتبتموه عند عودة الاتصال.", \
	  "There is no connection. What you wrote goes out when it is back.") \
	X(WELCOME, "כתבו שורה כדי לשלוח, /help לכל הפקודות, /quit ליציאה.", \
	  "اكتبوا سطرًا للإرسال، /help لكل الأوامر، /quit للخروج.", \
	  "Type a line to post it, /help for all commands, /quit to leave.")

enum chat_word {
#define X(name, he, ar, en) WORD_##name,
	CHAT_WORD_LIST(X)
#undef X
		CHAT_WORD_COUNT
};

enum chat_lang { CHAT_HE, CHAT_AR, CHAT_EN, CHAT_LANG_COUNT };

/* "he", "ar", "en"; NULL or another: what the environment's LANG says, else English. */
enum chat_lang chat_lang_choose(const char *asked);
const char *chat_lang_name(enum chat_lang lang);

const char *chat_word(enum chat_lang lang, enum chat_word word);
/* Appends it with its {} filled in by `first`, then `second` (NULL: none). */
void chat_word_with(struct buf *out, enum chat_lang lang, enum chat_word word, const char *first,
					const char *second);
/* Whether a person said yes, or no, in any of the languages. */
bool chat_means_yes(const char *line);
bool chat_means_no(const char *line);
