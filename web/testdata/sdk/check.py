"""Puts rerank clients into the situations in which they must do right, one line of JSON each to standard output.

A client is a function of (base URL, key, query, documents, top_n, retries) that returns a list of (index, score) or of
(index, score, text). What comes of a call is written down in a text: the order of the documents, or the class of the
error that was raised. That text must be the one which the client's row says.
"""

import json
import pathlib
import sys

TASK = json.loads(pathlib.Path(__file__).with_name("task.json").read_text())
KEYS, REASONS = TASK["keys"], TASK["reasons"]

SILENT = ", without the server's reason"  # stands behind the class of an error that does not repeat it


class Answered(Exception):
    """Stands for the error of a client that does not raise but returns one; its text is what tells the error there."""

    def __init__(self, what, reason):
        super().__init__(what)
        self.what, self.reason = what, reason


def outcome(situation, documents, call):
    try:
        found = call()
    except Answered as e:
        name, reason = e.what, e.reason
    except Exception as e:
        name, reason = f"{type(e).__module__}.{type(e).__qualname__}", str(e)
    else:
        return answered(documents, found)
    return name if REASONS.get(situation, "") in reason else name + SILENT


def answered(documents, found):
    scores = [score for _, score, *_ in found]
    if scores != sorted(scores, reverse=True) or any(not 0 <= s <= 1 for s in scores):
        return f"scores {scores}"
    for index, _, *text in found:
        if text and text != [documents[index]]:
            return f"document {index} came back as {text}"
    return str([index for index, *_ in found])


def check(base, clients):
    """Checks clients: rows of (name, function, its limit of documents, what is wanted in which situation).

    "right" and "top 2" are wanted of all. "429" is a server that is always busy. At "429, then again" it is so for some
    seconds, and says how many: a client that can try again by itself finds its answer only if it waits that long.
    """
    again = iter(KEYS["again"])
    order = TASK["order"]
    for name, client, limit, wanted in clients:
        for situation, want in ({"right": str(order), "top 2": str(order[:2])} | wanted).items():
            if want is None:  # the client cannot be brought there
                continue
            key, documents, top_n, retries = KEYS["good"], TASK["documents"], len(order), 0
            match situation:
                case "top 2":
                    top_n = 2
                case "wrong key":
                    key = KEYS["wrong"]
                case "empty list":
                    documents = []
                case "over the limit":
                    documents = [f"document {i}" for i in range(limit + 1)]
                case "429":
                    key = KEYS["busy"]
                case "429, then again":
                    key, retries, want = next(again), 1, str(order)
            call = lambda: client(base, key, TASK["query"], documents, top_n, retries)
            got = outcome(situation, documents, call)
            print(json.dumps({"client": name, "situation": situation, "ok": got == want, "got": got, "want": want}), flush=True)


def main(clients):
    """Checks the clients at the server whose URL is the argument."""
    check(sys.argv[1], clients)
