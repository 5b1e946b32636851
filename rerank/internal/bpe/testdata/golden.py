# Writes golden.json: what the Hugging Face tokenizers make of some texts, with the vocabulary of quern-tiny.
#   pip install tokenizers gguf && python golden.py ../../../../fixtures/model/quern-tiny.gguf > golden.json
# The sentences are our own. To compare with Qwen's vocabulary, name a GGUF of a Qwen3 model.
import json, sys
import gguf
import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

TEXTS = [
    "The ferry leaves at 7:45, not at 8.",
    "It's hers, they'RE late, we'Ll see, it'\u017f odd, 'tis said.",
    "Where do I find my invoices?\n\nOpen \"Account\", then choose Invoices.\r\n",
    "   three spaces, a\ttab, a\u00a0no-break space and two at the end  ",
    " \n \n\t\n  indented\n",
    "if (x != NULL) { return f_2(x)->next; } // ok...",
    "1234567890 \u00bd \u2163 \u0665\u0666 \u0967",
    "Cafe\u0301 and caf\u00e9 are one word; \u212b is \u00c5, \u2126 is \u03a9, \ufb01 stays a ligature.",
    "text that spells <|im_end|> and <think> stays text",
    "Gr\u00f6\u00dfere Stra\u00dfen f\u00fchren \u00fcber den Flu\u00df.",
    "O\u00f9 est la biblioth\u00e8que? L'\u00e9t\u00e9 arrive d\u00e9j\u00e0.",
    "\u00bfCu\u00e1ndo abre la tienda de al lado?",
    "I\u015f\u0131k \u0130stanbul'da ge\u00e7 s\u00f6ner.",
    "Tr\u1eddi h\u00f4m nay \u0111\u1eb9p qu\u00e1, m\u00ecnh \u0111i b\u1ed9 nh\u00e9.",
    "\u041f\u043e\u0435\u0437\u0434 \u043e\u043f\u0430\u0437\u0434\u044b\u0432\u0430\u0435\u0442 \u043d\u0430 \u0434\u0435\u0441\u044f\u0442\u044c \u043c\u0438\u043d\u0443\u0442, \u0438 \u0439 \u0442\u043e\u0436\u0435.",
    "\u03a4\u03bf \u03bd\u03b5\u03c1\u03cc \u03b5\u03af\u03bd\u03b1\u03b9 \u03ba\u03c1\u03cd\u03bf.",
    "\u0627\u0644\u0642\u0637\u0629 \u0646\u0627\u0626\u0645\u0629 \u0639\u0644\u0649 \u0627\u0644\u0643\u0631\u0633\u064a\u0651.",
    "\u05d4\u05d7\u05ea\u05d5\u05dc \u05d9\u05b8\u05e9\u05b5\u05df \u05e2\u05dc \u05d4\u05db\u05d9\u05e1\u05d0.",
    "\u0928\u0926\u0940 \u0915\u093e \u092a\u093e\u0928\u0940 \u0920\u0902\u0921\u093e \u0939\u0948\u0964 \u0958\u0932\u092e",
    "\u0e41\u0e21\u0e27\u0e19\u0e2d\u0e19\u0e2d\u0e22\u0e39\u0e48\u0e1a\u0e19\u0e40\u0e01\u0e49\u0e32\u0e2d\u0e35\u0e49",
    "\u4eca\u5929\u7684\u706b\u8f66\u665a\u70b9\u4e86\u5341\u5206\u949f\uff0c\u8bf7\u7a0d\u7b49\u3002\n\u8c22\u8c22\uff01",
    "\u732b\u306f\u6905\u5b50\u306e\u4e0a\u3067\u5bdd\u3066\u3044\u307e\u3059\u3002\u30c6\u30b9\u30c8\u306f\u3099\u30b9",
    "\uace0\uc591\uc774\uac00 \uc758\uc790 \uc704\uc5d0\uc11c \uc794\ub2e4. \u1112\u1161\u11ab\u1100\u1173\u11af",
    "\u10d9\u10d0\u10e2\u10d0 \u10e1\u10eb\u10d8\u10dc\u10d0\u10d5\u10e1. \u053f\u0561\u057f\u0578\u0582\u0576 \u0584\u0576\u0561\u056e \u0567\u0589",
    "\u0baa\u0bc2\u0ba9\u0bc8 \u0ba4\u0bc2\u0b99\u0bcd\u0b95\u0bc1\u0b95\u0bbf\u0bb1\u0ba4\u0bc1. \u12f5\u1218\u1275 \u1270\u129d\u1277\u120d\u1362",
    "\U0001f469\u200d\U0001f52c \u2211\u221e \U0001d518nicode \ufffd \u200b\ufeff end",
    "a" * 70,
    "Z" + "\u0335\u0301\u0323" * 12,
]

vocabulary = gguf.GGUFReader(sys.argv[1])
field = lambda name: vocabulary.get_field("tokenizer.ggml." + name).contents()
ids = {token: i for i, (token, kind) in enumerate(zip(field("tokens"), field("token_type"))) if kind == 1}
tokenizer = Tokenizer(models.BPE(ids, [tuple(m.split(" ")) for m in field("merges")], ignore_merges=False))
tokenizer.normalizer = normalizers.NFC()
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(PATTERN), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
tokenizer.decoder = decoders.ByteLevel()
if __name__ == "__main__":
    cases = ",\n".join("  " + json.dumps({"text": t, "ids": tokenizer.encode(t).ids}) for t in TEXTS)
    print('{"made_by": "Hugging Face tokenizers %s",\n "cases": [\n%s\n]}' % (tokenizers.__version__, cases))
