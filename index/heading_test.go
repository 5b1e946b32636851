package index

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeadings(t *testing.T) {
	given := func(headings ...Heading) []Heading { return append([]Heading{}, headings...) }
	tests := []struct {
		name, body string
		headings   []Heading
		want       string // "byte level text #anchor", one a line
	}{
		{"none", "text", nil, ""},
		{"of Markdown", "# A b\ntext\n###### C\n#\n# \n#d\n####### e\n # f", nil, "0 1 A b #a-b\n11 6 C #c"},
		{"with their ends", "# A\r\n## B ##\n## C#\n## #", nil, "0 1 A #a\n5 2 B #b\n13 2 C# #c\n19 2 # #"},
		{"a number for what is there already", "# A\n# a\n# A-1\n# a", nil, "0 1 A #a\n4 1 a #a-1\n8 1 A-1 #a-1-1\n14 1 a #a-2"},
		{"their own anchors", "# A b {#c}\n# D {#e", nil, "0 1 A b #c\n11 1 D {#e #d-e"},
		{"not in code", "```sh\n# a\n~~~\n```\n~~~~\n# b\n~~~\n~~~~~\n# C\n```x```\n# D\n```\n# e", nil, "37 1 C #c\n49 1 D #d"},
		{"given", "# A {#x}\n# b\n## C", given(Heading{0, "y"}, Heading{13, ""}), "0 1 A {#x} #y\n13 2 C #"},
		{"none given", "# a", given(), ""},
		{"given where none can be", "# A\nb # c\n# D\n", given(Heading{-1, ""}, Heading{4, ""}, Heading{6, ""}, Heading{10, ""}, Heading{10, ""}, Heading{0, ""}, Heading{14, ""}, Heading{99, ""}), "10 1 D #"},
		{"a line too long for one", "# " + strings.Repeat("a", maxHeading), nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, h := range (Document{Body: test.body, Headings: test.headings}).headings() {
				got = append(got, fmt.Sprintf("%d %d %s #%s", h.at, h.level, h.text, h.anchor))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAnchors(t *testing.T) {
	for text, want := range map[string]string{
		"Green tea": "green-tea", "Tea & milk, 2nd": "tea--milk-2nd", "snake_case-x": "snake_case-x", "Über Straßen": "über-straßen",
		"水的 沸点。": "水的-沸点", "หัวข้อ": "หัวข้อ", "हिन्दी": "हिन्दी", "☕ coffee": "-coffee", "what's new?": "whats-new", "!?": "", "": "",
	} {
		if got := (Anchors{}).Next(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestHeadingsAreStored: no list and an empty one are not the same.
func TestHeadingsAreStored(t *testing.T) {
	for _, headings := range [][]Heading{nil, {}, {{At: 0, Anchor: "a"}, {At: 4}}} {
		d := Document{ID: "a", Body: "# a\n# b", Headings: headings}
		data, err := d.encode()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "headings") != (headings != nil) {
			t.Errorf("%v: stored as %s", headings, data)
		}
		if got, err := decode("a", data); err != nil || !cmp.Equal(got, d) {
			t.Errorf("got %+v, %v, want %+v", got, err, d)
		}
	}
}

func TestHeadingsThatCannotBePut(t *testing.T) {
	for name, test := range map[string]struct {
		headings []Heading
		want     string
	}{
		"before the body": {[]Heading{{At: -1}}, "put them in order"},
		"out of order":    {[]Heading{{At: 4}, {At: 0}}, "heading at byte 0 after one at 4: put them in order"},
		"twice":           {[]Heading{{At: 0}, {At: 0}}, "put them in order"},
		"behind it":       {[]Heading{{At: 7}}, "no line"},
		"within a line":   {[]Heading{{At: 5}}, `heading at byte 5: no line of the body begins there with "#"`},
		"another line":    {[]Heading{{At: 8}}, "no line"},
		"a broken anchor": {[]Heading{{At: 0, Anchor: "\xff"}}, "not valid UTF-8"},
	} {
		_, err := Document{ID: "d", Body: "# a\n##\nb", Headings: test.headings}.encode()
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `document "d"`) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func ExampleDocument_Outline() {
	d := Document{Body: "Tea.\n\n## Green {#g}\nCool.\n### Black\n"}
	for _, s := range d.Outline() {
		fmt.Printf("%d %s #%s %q\n", s.Level, s.Heading, s.Anchor, s.Text)
	}
	// Output:
	// 0  # "Tea.\n\n"
	// 2 Green #g "Cool.\n"
	// 3 Black #black ""
}
