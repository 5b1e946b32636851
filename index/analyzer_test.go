package index_test

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/quern-search/quern/index"
)

func TestParseLang(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "EN-us": "en", "pt_BR": "pt", "zh-Hant-TW": "zh", "cmn": "zh", "nb": "no", "nn": "no", "iw": "he", "uk": "uk",
		"ckb": "ckb", " de ": "de", "cjk": "cjk", "standard": "standard",
		"": "", "klingon": "", "java": "", "lua": "", "C": "", "und": "", "x-foo": "", "en; charset=utf-8": "", "web": "",
	} {
		got, err := index.ParseLang(tag)
		if got != want || (want == "") != errors.Is(err, index.ErrLang) {
			t.Errorf("%q: got %q, %v, want %q", tag, got, err, want)
		}
	}
}

// TestWordsOfALanguage: a query finds a text where both have a term in common.
func TestWordsOfALanguage(t *testing.T) {
	const finds, misses = true, false
	tests := []struct {
		lang, query, text string
		want              bool
	}{
		{"ar", "كتاب", "قرأت الكتاب", finds}, // with the article
		{"ar", "2024", "عام ٢٠٢٤", finds},
		{"bg", "книга", "Книга", finds},
		{"ca", "home", "l'home", finds},
		{"ckb", "کتێب", "کتێبەکان", finds},
		{"cs", "škola", "s\u030ckola", finds}, // the accent apart
		{"da", "hund", "hundene", finds},
		{"de", "haus", "Häuser", finds},
		{"de", "strasse", "Straße", finds},
		{"de", "strasse", "STRAẞE", finds},
		{"de", "zusammen", "zu\u00adsammen", finds}, // a soft hyphen
		{"de", "haus", "Hausboot", misses},
		{"de", "und", "und", misses}, // a stop word
		{"el", "ελλαδα", "Ελλάδα", finds},
		{"el", "ΟΔΟΣ", "οδός", finds},
		{"en", "boiling", "boiled", finds},
		{"en", "cafe", "café", misses}, // an accent is a letter of its own, but not a way of writing
		{"en", "café", "cafe\u0301", finds},
		{"en", "office", "o\ufb03ce", finds}, // a ligature
		{"en", "東京", "the city of 東京都", finds},
		{"en", "京都", "東 京都", finds},
		{"es", "canción", "canciones", finds},
		{"fa", "خانه", "خانه\u200cها", finds},
		{"fi", "talo", "talossa", finds},
		{"fr", "école", "l’école", finds},
		{"fr", "cheval", "chevaux", finds},
		{"ga", "athair", "d'athair", finds},
		{"he", "ספר", "ספר טוב", finds},
		{"hi", "लड़का", "लड\u093cके", finds}, // the dot apart, and another case
		{"hi", "दिन", "दान", misses},         // only the vowel sign differs
		{"hi", "क्षत्रिय", "क्\u200dषत्रिय", finds},
		{"hi", "10", "१०", finds},
		{"hr", "knjiga", "knjige", finds},
		{"hu", "ház", "házban", finds},
		{"it", "amico", "l'amico", finds},
		{"ja", "東京", "私は東京都に住む", finds},
		{"ja", "茶", "緑茶を飲む", finds}, // one character is a word
		{"ja", "ガス", "ｶﾞｽ料金", finds},
		{"ja", "データ", "データベース", finds},
		{"ja", "2020", "２０２０年", finds},
		{"ja", "ジオ", "ラジカセ", misses},
		{"ja", "の", "私の本", misses}, // one kana is none
		{"km", "ខ្មែរ", "ភាសាខ្មែរ", finds},
		{"ko", "한국어", "한국어를 공부합니다", finds},
		{"ko", "중국", "한국", misses},
		{"lo", "ລາວ", "ພາສາລາວ", finds},
		{"my", "မြန်မာ", "မြန်မာဘာသာ", finds},
		{"nl", "kat", "katten", finds},
		{"no", "hund", "hundene", finds},
		{"pl", "książka", "książki", finds},
		{"pt", "coração", "corações", finds},
		{"ro", "carte", "cărți", misses}, // a limit of the stemmer
		{"ro", "copil", "copilul", finds},
		{"ru", "книга", "книги", finds},
		{"standard", "the", "The end", finds}, // no stop words
		{"sv", "hund", "hundarna", finds},
		{"ta", "தமிழ்", "தமிழ் மொழி", finds},
		{"th", "ภาษา", "คนไทยพูดภาษาไทย", finds},
		{"th", "ไทย", "ภาษาไทย", finds},
		{"th", "2560", "พ.ศ. ๒๕๖๐", finds},
		{"th", "กา", "กี", misses}, // only the vowel differs
		{"tr", "ışık", "IŞIK", finds},
		{"tr", "istanbul", "İSTANBUL'da", finds},
		{"uk", "мова", "Мова", finds},
		{"vi", "tiếng", "tie\u0302\u0301ng", finds},
		{"vi", "ma", "má", misses}, // another tone is another word
		{"zh", "中文", "学习中文很难", finds},
		{"zh", "文中", "中文", finds}, // by its characters
		{"zh", "人", "中国人民", finds},
		{"zh", "abc", "ＡＢＣ公司", finds},
	}
	made := map[string]*index.Index{}
	terms := func(lang, text string) (list []string) {
		if made[lang] == nil {
			made[lang] = create(t, "", lang)
		}
		for _, token := range made[lang].Analyzer().Analyze([]byte(text)) {
			list = append(list, string(token.Term))
		}
		return list
	}
	for _, test := range tests {
		query, text := terms(test.lang, test.query), terms(test.lang, test.text)
		got := slices.ContainsFunc(query, func(term string) bool { return slices.Contains(text, term) })
		if got != test.want {
			t.Errorf("%s: %q (%q) finds %q (%q): %v", test.lang, test.query, query, test.text, text, got)
		}
	}
}

// TestTermsStandWhereTheirWordsAre: so that they can be marked, and phrases found.
func TestTermsStandWhereTheirWordsAre(t *testing.T) {
	type token struct {
		term, word string
		position   int
	}
	for text, want := range map[string][]token{
		"Tea 緑茶, x": {{"tea", "Tea", 1}, {"緑茶", "緑茶", 2}, {"緑", "緑", 2}, {"茶", "茶", 3}, {"x", "x", 4}},
		"ไทย ๑":     {{"ไท", "ไท", 1}, {"ทย", "ทย", 2}, {"1", "๑", 3}},
		"ｶﾞｽ９":      {{"ガス", "ｶﾞｽ", 1}, {"9", "９", 2}},
		" !":        nil,
	} {
		var got []token
		for _, t := range create(t, "", "standard").Analyzer().Analyze([]byte(text)) {
			got = append(got, token{string(t.Term), text[t.Start:t.End], t.Position})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

// languages are one of each kind: with an analyzer of Bleve's, with a step of our own, with neither.
var languages = []string{
	"ar", "ca", "ckb", "da", "de", "el", "en", "es", "fa", "fi", "fr", "ga", "hi", "hr", "hu", "it", "ja", "nl", "no", "pl",
	"pt", "ro", "ru", "standard", "sv", "th", "tr", "vi",
}

// FuzzAnalyzers: any text gives terms that are not empty, in order, that stand at whole characters of the text.
func FuzzAnalyzers(f *testing.F) {
	for _, text := range []string{
		"Words, 3.14 don't", "ـ", "l'\u00ad", "İI'x", "خانه\u200cها", "ｶﾞﾞ９\uff9e", "ก\u0e33\u0e48ๆ", "\u0301東\u200d京",
		"क्\u200dष", "한\u1161", "\U0001d7d8\U0001d7ff", "\xff東\xe6", "ﷺ",
	} {
		f.Add(text)
	}
	all := map[string]*index.Index{}
	for _, lang := range languages {
		all[lang] = create(f, "", lang)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for lang, x := range all {
			position := 0
			for _, token := range x.Analyzer().Analyze([]byte(text)) {
				if len(token.Term) == 0 || token.Start < 0 || token.Start >= token.End || token.End > len(text) || token.Position < position {
					t.Fatalf("%s: term %q at [%d, %d), position %d, of %d bytes", lang, token.Term, token.Start, token.End, token.Position, len(text))
				}
				whole := utf8.RuneStart(text[token.Start]) && (token.End == len(text) || utf8.RuneStart(text[token.End]))
				if utf8.ValidString(text) && (!whole || !utf8.Valid(token.Term)) {
					t.Fatalf("%s: term %q at [%d, %d) is no whole part of %q", lang, token.Term, token.Start, token.End, text)
				}
				position = token.Position
			}
		}
	})
}
