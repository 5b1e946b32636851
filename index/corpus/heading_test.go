package corpus

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quern-search/quern/index"
)

// apartFromHeadings compares what else a document has.
var apartFromHeadings = cmpopts.IgnoreFields(index.Document{}, "Headings")

// headingsOf writes a document's headings as they stand in its body: "## Text #anchor; ...".
func headingsOf(d index.Document) string {
	var list []string
	for _, h := range d.Headings {
		line, _, _ := strings.Cut(d.Body[h.At:], "\n")
		list = append(list, strings.TrimSpace(line)+" #"+h.Anchor)
	}
	return strings.Join(list, "; ")
}

// checkHeadings: each is the beginning of a line that begins with "#", and they are in order.
func checkHeadings(t *testing.T, d index.Document) {
	t.Helper()
	last := -1
	for _, h := range d.Headings {
		if h.At <= last || h.At >= len(d.Body) || d.Body[h.At] != '#' || h.At > 0 && d.Body[h.At-1] != '\n' {
			t.Errorf("headings %v of %q", d.Headings, d.Body)
		}
		last = h.At
	}
	if d.Headings == nil {
		t.Error("no list of headings: lines that begin with # would be taken for some")
	}
}

func TestHeadingsOfHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "<pre># a</pre><p># b", ""},
		{"an ID of its own", "<p>a<h2 id=x>b</h2>c<h3 id='y z'>d e</h3>", "## b #x; ### d e #y z"},
		{"no ID", "<p id=x>a<h2>b</h2>", "## b #"},
		{"the title is none of the body's", "<h1 id=a>A</h1><h2 id=b>b</h2><p>c<h2 id=d>d", "## b #b; ## d #d"},
		{"nor is it where it does not come first", " <pre>  p</pre><h2 id=b>b</h2> <h1 id=a>A</h1><p>c<h2 id=d>d", "## b #b; ## d #d"},
		{"the first heading beside another title", "<title>T</title><p>a<h1 id=x>b</h1>", "# b #x"},
		{"an empty link within", "<h2><a id=x></a>b</h2><h2>c <a name=y></a></h2>", "## b #x; ## c #y"},
		{"a link to itself within", "<h2><a id=x class=anchor href='#x'></a>b</h2><h2>c<a id=y href='#y'>¶</a></h2>", "## b #x; ## c #y"},
		{"a link before", "a <a name=x></a> <h2>b</h2><p><a id=y></a></p><h2>c</h2>", "## b #x; ## c #y"},
		{"its own before others", "<section id=x><a name=y></a><h2 id=z>b<a id=v></a></h2>", "## b #z"},
		{"a section that begins with it", "<section id=x>\n<!-- -->\n<h2>b</h2><p>c</section><div id=y><div class=z><h3>d</h3></div></div>", "## b #x; ### d #y"},
		{"a section that begins with something else", "<section id=x>a<h2>b</h2></section><div id=y><nav>c</nav><h2>d</h2></div>", "## b #; ## d #"},
		{"in a table and a list", "<table><td><h2 id=x>a</h2></table><ul><li><h3 id=y>b</h3></ul>", "## a #x"},
		{"over two lines", "<h2 id=x>a<br>b</h2>", "## a #x"},
		{"without text", "<h2 id=x></h2>", "## #x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := parseHTML([]byte(test.in))
			if got := headingsOf(d); got != test.want || err != nil {
				t.Errorf("got %s, %v, want %s\nbody %q", got, err, test.want, d.Body)
			}
			checkHeadings(t, d)
		})
	}
}

func TestHeadingsOfMarkdown(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "```sh\n# a\n```\n\n\\# b", ""},
		{"as GitHub names them", "# T\n\n## Green *tea* & [milk](/m)\n\ntext\n\n### `x.y`", "## Green tea & milk #green-tea--milk; ### x.y #xy"},
		{"underlined", "---\ntitle: T\n---\nA\n===\n\nb\n\nC d\n---\n", "# A #a; ## C d #c-d"},
		{"numbered, the title too", "# Tea\n\n## Tea\n\n## Tea", "## Tea #tea-1; ## Tea #tea-2"},
		{"anchors of their own", "## A b {#c-d}\n\n## E {.f}\n\nG {#水}\n---\n", "## A b #c-d; ## E #e; ## G #水"},
		{"braces that are text", "## Use {x}\n\n## Use {} #", "## Use {x} #use-x; ## Use {} #use-"},
		{"every script", "## 水的沸点\n\n## Größe\n\n## มุม ॐ", "## 水的沸点 #水的沸点; ## Größe #größe; ## มุม ॐ #มุม-ॐ"},
		{"HTML", "<a name=\"x\"></a>\n\n## A\n\n<h2 id=y>b</h2>\n\n<h3>c</h3>", "## A #x; ## b #y; ### c #c"},
		{"marks alone", "## !", "## ! #"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := parseMarkdown([]byte(test.in))
			if got := headingsOf(d); got != test.want || err != nil {
				t.Errorf("got %s, %v, want %s\nbody %q", got, err, test.want, d.Body)
			}
			checkHeadings(t, d)
		})
	}
}

// TestHeadingsOfRecords: a text in JSONL or CSV may be Markdown, and its headings are found as such.
func TestHeadingsOfRecords(t *testing.T) {
	for name, text := range map[string]string{"a.jsonl": `{"_id": "1", "text": "# a"}`, "a.csv": "id,text\n1,# a\n"} {
		docs, errs := read(name, text, Fields{})
		if len(docs) != 1 || errs != "" || docs[0].Headings != nil {
			t.Errorf("%s: got %s", name, fmt.Sprint(docs, errs))
		}
	}
}
