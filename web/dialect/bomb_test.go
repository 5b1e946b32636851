package dialect_test

import (
	"fmt"
	"strings"
	"testing"
)

type bomb struct{ name, text, says string } // says is empty where it is read

// bombs are bodies that are meant to hurt, and what becomes of them.
func bombs() []bomb {
	const q = `{"query":"q","documents":["a"]`
	return []bomb{
		{"depth", q + `,"x":` + strings.Repeat("[", 1<<20) + strings.Repeat("]", 1<<20) + `}`, "the body is not JSON"},
		{"depth of documents", `{"query":"q","documents":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "documents[0] is a list: give a string"},
		{"depth of objects", `{"query":"q","documents":[` + strings.Repeat(`{"text":`, 5000) + `"a"` + strings.Repeat("}", 5000) + `]}`, "documents[0].text is an object: give a string"},
		{"a key twice", q + `,"query":"p"}`, `the body has the key "query" twice: give it once`},
		{"an unknown key twice", q + `,"x":1,"x":2}`, `the body has the key "x" twice: give it once`},
		{"a key twice, escaped", q + `,"qu\u0065ry":"p"}`, `the body has the key "query" twice: give it once`},
		{"a key twice, within", `{"query":"q","documents":[{"text":"a","text":"b"}]}`, `documents[0] has the key "text" twice: give it once`},
		{"a key in capitals", `{"query":"q","Query":"p","documents":["a"]}`, ""},
		{"a huge number", q + `,"top_n":` + strings.Repeat("9", 100_000) + `}`, "top_n is 9999999999999999999999999999999999999999: give a whole number"},
		{"a huge exponent", q + `,"top_n":1e2147483648}`, "top_n is 1e2147483648: give a whole number"},
		{"a large number", q + `,"top_n":99999999999999999999}`, ""},
		{"a huge number that nobody reads", q + `,"x":1e99999999999}`, ""},
		{"a whole number with a fraction", q + `,"top_n":1.0}`, ""},
		{"minus nothing", q + `,"top_n":-0}`, ""},
		{"a million empty documents", `{"query":"q","documents":[` + strings.Repeat(`"",`, 1_000_000) + `""]}`, "documents has more than 10000 entries"},
		{"a hundred thousand keys", manyKeys(100_000), "the body has more than 1000 keys"},
		{"half a surrogate pair", `{"query":"\ud800","documents":["\udc00a","\ud83d"]}`, ""},
		{"NUL", `{"query":"q\u0000","documents":["\u0000"]}`, ""},
		{"NUL as it is", "{\"query\":\"q\x00\",\"documents\":[\"a\"]}", "the body is not JSON: at byte 12"},
		{"invalid UTF-8", "{\"query\":\"q\",\"documents\":[\"\xc3\"]}", "the body is not valid UTF-8: encode it as UTF-8"},
		{"a surrogate as UTF-8", "{\"query\":\"q\",\"documents\":[\"\xed\xa0\x80\"]}", "the body is not valid UTF-8: encode it as UTF-8"},
		{"a byte order mark", "\ufeff" + q + `}`, "the body is not JSON: at byte 1"},
		{"two values", q + `}` + q + `}`, "the body is not JSON: at byte 32"},
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestBombs(t *testing.T) {
	for _, b := range bombs() {
		t.Run(b.name, func(t *testing.T) {
			if b.says != "" {
				if _, err := readError(t, "/v1/rerank", b.text); !strings.Contains(err.Error(), b.says) {
					t.Errorf("%.200s", err)
				}
				return
			}
			if _, job, err := route(t, "/v1/rerank").Read([]byte(b.text)); err != nil || job.Task.Query == "" {
				t.Errorf("%+v, %v", job, err)
			}
		})
	}
}
