package corpus

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/quern-search/quern/index"
)

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, text string, options ...zstd.EOption) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(text), nil)
}

// testFile reads a file of testdata. Those in xz were made by `xz --keep`, for want of a writer.
func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCompressedFiles(t *testing.T) {
	const page = "# A title\n\ntext\n"
	want := []index.Document{{ID: "dir/page", Title: "A title", Body: "text", URL: "dir/page.md"}}
	for name, data := range map[string][]byte{
		"dir/page.md.gz":  gzipped(t, page),
		"dir/page.md.GZ":  append(gzipped(t, "# A title\n"), gzipped(t, "\ntext\n")...), // as `cat a.gz b.gz` does
		"dir/page.md.xz":  testFile(t, "page.md.xz"),
		"dir/page.md.zst": zstandard(t, page),
	} {
		t.Run(name, func(t *testing.T) {
			docs, errs := collect(FS(fstest.MapFS{name: {Data: data}}))
			if diff := cmp.Diff(want, docs, apartFromHeadings); diff != "" || errs != "" {
				t.Errorf("(-want +got)\n%s%s", diff, errs)
			}
		})
	}
}

func TestACompressedFileBesideItsOriginalIsNotReadTwice(t *testing.T) {
	docs, errs := collect(FS(fstest.MapFS{
		"a.html": {Data: []byte("a")}, "a.html.gz": {Data: gzipped(t, "a")}, "b.html.gz": {Data: gzipped(t, "b")},
	}))
	if ids(docs) != "a b" || errs != "" {
		t.Errorf("got %s, %s", ids(docs), errs)
	}
}

func TestCompressedFilesThatAreBroken(t *testing.T) {
	line := "{\"_id\": \"x\"}\n"
	whole := gzipped(t, line+strings.Repeat(" \n", 100))
	piece := strings.Repeat(" ", 1<<20) + "\n"
	tests := []struct {
		name, file string
		data       []byte
		ids, errs  string
	}{
		{"another kind of file", "a.jsonl.gz", []byte("text that is not packed"), "", "corpus: a.jsonl.gz: unpacking: gzip: invalid header\n"},
		{"another kind of file for xz", "a.md.xz", []byte("text that is not packed"), "", "corpus: a.md.xz: unpacking: xz: file format not recognized\n"},
		{"another kind of file for zstd", "a.jsonl.zst", []byte("text that is not packed"), "", "corpus: a.jsonl.zst:1: unpacking: invalid input: magic number mismatch\n"},
		{"nothing", "a.jsonl.gz", nil, "", "corpus: a.jsonl.gz: unpacking: unexpected EOF\n"},
		{"cut short", "a.jsonl.gz", whole[:len(whole)-9], "x", "corpus: a.jsonl.gz:102: unpacking: unexpected EOF\n"},
		{"with a wrong checksum", "a.md.gz", append(whole[:len(whole)-8:len(whole)-8], "12345678"...), "", "corpus: a.md.gz: unpacking: gzip: invalid checksum\n"},
		{"a bomb", "a.jsonl.gz", bytes.Repeat(gzipped(t, piece), 70), "", "corpus: a.jsonl.gz:64: it unpacks to more than 250 times its size: unpack it first if it is to be trusted\n"},
		{"a bomb in zstd", "a.jsonl.zst", bytes.Repeat(zstandard(t, piece), 70), "", "corpus: a.jsonl.zst:64: it unpacks to more than 250 times its size: unpack it first if it is to be trusted\n"},
		{"a page too long", "a.md.gz", gzipped(t, strings.Repeat("x", maxDocument+1)), "", "corpus: a.md.gz: more than 16 MiB: cut the text into several documents\n"},
		{"more memory than there may be, in xz", "a.md.xz", testFile(t, "window.md.xz"), "", "corpus: a.md.xz: unpacking: xz: LZMA2 dictionary size exceeds max\n"},
		{"more memory than there may be, in zstd", "a.md.zst", testFile(t, "window.md.zst"), "", "corpus: a.md.zst: unpacking: window size exceeded\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			docs, errs := collect(FS(fstest.MapFS{test.file: {Data: test.data}, "z.md": {Data: []byte("z")}}))
			if got, want := ids(docs), strings.TrimSpace(test.ids+" z"); got != want || errs != test.errs {
				t.Errorf("got  %s, %q\nwant %s, %q", got, errs, want, test.errs)
			}
		})
	}
}

// FuzzUnpack: any bytes unpack or give an error that says so, and never more than the limits let through.
func FuzzUnpack(f *testing.F) {
	f.Add(gzipped(f, "text"), uint8(0))
	f.Add(testFile(f, "page.md.xz"), uint8(1))
	f.Add(zstandard(f, "text"), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		name := "file" + []string{".gz", ".xz", ".zst"}[which%3]
		r, err := openUnpacked(fstest.MapFS{name: {Data: data, Mode: fs.ModePerm}}, name)
		if err == nil {
			var n int64
			n, err = io.Copy(io.Discard, r)
			if limit := max(expansionGrace, maxExpansion*int64(len(data))) + 1<<20; n > limit {
				t.Errorf("%d bytes came out of %d", n, len(data))
			}
			_ = r.Close() // it may tell the error again
		}
		if err != nil && !errors.Is(err, errBomb) && !strings.HasPrefix(err.Error(), "unpacking: ") {
			t.Errorf("got %v", err)
		}
	})
}
