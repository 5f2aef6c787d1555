"""The letters that a mail server (aiosmtpd) put into a folder: printed, counted, and compared with what should be there.

Invariant: ends with 1 unless each letter that was expected came to its reader, once, under an id of its own, and nothing else
came. Deliberately not here: waiting for them.

    letters.py FOLDER count
    letters.py FOLDER show
    letters.py FOLDER link READER
    letters.py FOLDER check 'pia@edulibra.example edulibra: release 2.0.1 is out' …
"""
import collections
import email
import email.policy
import mailbox
import sys

folder, verb, expected = sys.argv[1], sys.argv[2], sys.argv[3:]
letters = [
    email.message_from_bytes(letter.as_bytes(), policy=email.policy.default)
    for _, letter in sorted(mailbox.Maildir(folder, create=False).items())
]
letters.sort(key=lambda letter: letter["Date"].datetime)

if verb == "count":
    print(len(letters))
elif verb == "show":
    shown = {}
    for letter in letters:
        text = letter.get_body(("plain",)).get_content().strip()
        shown.setdefault((letter["Subject"], text), []).append(letter["X-RcptTo"])
    for (subject, text), readers in shown.items():
        print(f"\n  To:      {', '.join(sorted(readers))}\n  Subject: {subject}\n")
        print("\n".join(f"  | {line}" for line in text.splitlines()))
elif verb == "link":
    texts = [letter.get_body(("plain",)).get_content() for letter in letters if letter["X-RcptTo"] == expected[0]]
    print(next(line for text in texts for line in text.splitlines() if "/public/feedback?" in line))
else:
    came = collections.Counter(f"{letter['X-RcptTo']} {letter['Subject']}" for letter in letters)
    wrong = [f"came {times} times instead of once: {what}" for what, times in came.items() if times != 1]
    wrong += [f"never came: {what}" for what in expected if what not in came]
    wrong += [f"nobody expected: {what}" for what in came if what not in expected]
    ids = [letter["Message-ID"] for letter in letters]
    wrong += [f"an id of two letters: {one}" for one, times in collections.Counter(ids).items() if times != 1]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(1)
    print(f"{len(letters)} letters, each of them once.")
