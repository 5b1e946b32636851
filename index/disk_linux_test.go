package index_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/quern-search/quern/index"
)

// againEnv names the test that runs in a process of its own.
const againEnv = "QUERN_TEST_AGAIN"

// again runs the test that calls it once more, in a process of its own, and tells whether this is that process.
func again(t *testing.T, attributes *syscall.SysProcAttr) bool {
	t.Helper()
	if os.Getenv(againEnv) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env, cmd.SysProcAttr = append(os.Environ(), againEnv+"="+t.Name()), attributes
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("%v: sudo go test ./index/ -run %s runs this", err, t.Name())
	case err != nil:
		t.Errorf("%s", out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return false
}

// disk gives a process of its own a small disk of its own: a file system in memory, which ends with the process.
func disk(t *testing.T, size string) (folder string, ok bool) {
	t.Helper()
	mounts := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 { // as a user who is root in there
		mounts.Cloneflags |= syscall.CLONE_NEWUSER
		mounts.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		mounts.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if !again(t, mounts) {
		return "", false
	}
	folder = t.TempDir()
	err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") // nobody else sees it
	if err == nil {
		err = syscall.Mount("none", folder, "tmpfs", 0, "size="+size)
	}
	if err != nil {
		t.Skipf("mount: %v: sudo go test ./index/ -run %s runs this", err, t.Name())
	}
	t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
	return folder, true
}

// remount changes the disk.
func remount(t *testing.T, folder string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatal(err)
	}
}

// fill fills the disk up but for some pages, and returns a function that makes room again.
func fill(t *testing.T, folder string, pages int) (empty func()) {
	t.Helper()
	name := filepath.Join(folder, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	page, written := make([]byte, os.Getpagesize()), 0
	for ; err == nil; written++ {
		_, err = f.Write(page)
	}
	if err := errors.Join(f.Truncate(int64(max(0, written-1-pages)*len(page))), f.Close()); err != nil {
		t.Fatal(err)
	}
	return func() { os.Remove(name) }
}

// large is a document of about a hundred kilobytes on disk.
func large(id int) index.Document {
	body := *bytes.NewBufferString(common + " ")
	for range 4_000 {
		fmt.Fprintf(&body, "w%d ", rand.IntN(1_000_000))
	}
	return index.Document{ID: fmt.Sprint(id), Body: body.String()}
}

// mustHold checks that an index holds some documents and no others, by every way to read.
func mustHold(t *testing.T, x *index.Index, docs []index.Document) {
	t.Helper()
	want := map[string]index.Document{}
	for _, d := range docs {
		want[d.ID] = d
	}
	if diff := difference(t, x, want); diff != "" {
		t.Error(diff)
	}
}

func TestPutOnAFullDisk(t *testing.T) {
	folder, ok := disk(t, "1m")
	if !ok {
		return
	}
	x := create(t, filepath.Join(folder, "index"), "standard")
	var docs []index.Document
	var err error
	for err == nil {
		d := large(len(docs))
		if err = x.Put(t.Context(), d); err == nil {
			docs = append(docs, d)
		}
	}
	if !errors.Is(err, index.ErrFull) || !strings.Contains(err.Error(), "make room") || len(docs) == 0 {
		t.Fatalf("after %d documents: %v, want ErrFull and what to do", len(docs), err)
	}
	mustHold(t, x, docs) // what was put is read on, and nothing else
	fill(t, folder, 0)
	for what, err := range map[string]error{
		"Put": x.Put(t.Context(), large(-1)), "Delete": x.Delete(t.Context(), "0"), "Compact": x.Compact(t.Context()),
	} {
		if !errors.Is(err, index.ErrFull) || !strings.Contains(err.Error(), "opened again") {
			t.Errorf("%s after that: %v, want ErrFull and what to do", what, err)
		}
	}
	mustHold(t, x, docs)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x, err = index.Open(filepath.Join(folder, "index")) // the disk is still full
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, x, docs)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	remount(t, folder, 0, "size=40m")
	if x, err = index.Open(filepath.Join(folder, "index")); err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for range 10 {
		docs = append(docs, large(len(docs)))
	}
	put(t, x, docs[1:]...)
	mustHold(t, x, docs)
}

// TestWritersOnAFullDisk: each of several is told, and nobody waits for ever.
func TestWritersOnAFullDisk(t *testing.T) {
	folder, ok := disk(t, "2m")
	if !ok {
		return
	}
	x := create(t, filepath.Join(folder, "index"), "standard")
	var written sync.Mutex
	var docs []index.Document
	var work sync.WaitGroup
	for w := range 4 {
		work.Go(func() {
			for i := 0; ; i++ {
				d := large(1000*w + i)
				if err := x.Put(t.Context(), d); err != nil {
					if !errors.Is(err, index.ErrFull) {
						t.Error(err)
					}
					return
				}
				written.Lock()
				docs = append(docs, d)
				written.Unlock()
			}
		})
	}
	work.Wait()
	mustHold(t, x, docs)
}

func TestCompactOnAFullDisk(t *testing.T) {
	folder, ok := disk(t, "4m")
	if !ok {
		return
	}
	x := create(t, filepath.Join(folder, "index"), "standard")
	docs := []index.Document{large(0), large(1), large(2)}
	for _, d := range docs {
		put(t, x, d)
	}
	empty := fill(t, folder, 10)
	if err := x.Compact(t.Context()); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("got %v, want what to do", err)
	}
	mustHold(t, x, docs)
	empty()
	if err := x.Compact(t.Context()); err != nil {
		t.Errorf("with room: %v", err)
	}
	docs = append(docs, large(3))
	put(t, x, docs[3])
	mustHold(t, x, docs)
}

// TestCreateOnAFullDisk: wherever it is cut off, the next one works.
func TestCreateOnAFullDisk(t *testing.T) {
	folder, ok := disk(t, "1m")
	if !ok {
		return
	}
	failed := 0
	for pages := range 30 {
		path := filepath.Join(folder, fmt.Sprint(pages))
		empty := fill(t, folder, pages)
		x, err := index.Create(path, index.Config{})
		if err != nil {
			failed++
			if !errors.Is(err, index.ErrFull) || !strings.Contains(err.Error(), "make room") {
				t.Errorf("with %d pages left: %v, want ErrFull and what to do", pages, err)
			}
			empty()
			if x, err = index.Create(path, index.Config{}); err != nil {
				t.Fatalf("with room after %d pages: %v", pages, err)
			}
		}
		empty()
		put(t, x, index.Document{ID: "a", Body: common})
		mustHold(t, x, []index.Document{{ID: "a", Body: common}})
		x.Close()
		os.RemoveAll(path)
	}
	if failed < 5 {
		t.Errorf("%d failed", failed)
	}
}

func TestADiskThatIsReadOnly(t *testing.T) {
	folder, ok := disk(t, "1m")
	if !ok {
		return
	}
	path := filepath.Join(folder, "index")
	create(t, path, "").Close()
	remount(t, folder, syscall.MS_RDONLY, "")
	refusesToWrite(t, path, folder)
}

func TestAFolderThatIsReadOnly(t *testing.T) {
	if !again(t, nil) {
		return
	}
	if os.Geteuid() == 0 { // modes mean nothing to root
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "index")
	create(t, path, "").Close()
	folders := []string{filepath.Join(path, "store"), path, folder}
	for _, f := range folders {
		if err := os.Chmod(f, 0o500); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(f, 0o700)
	}
	refusesToWrite(t, path, folder)
	os.Chmod(folders[0], 0o700)
	if err := os.Chmod(filepath.Join(folders[0], "root.bolt"), 0); err != nil {
		t.Fatal(err)
	}
	refusesToWrite(t, path, folder)
}

// refusesToWrite checks the errors for an index, and a folder, that cannot be written to.
func refusesToWrite(t *testing.T, path, folder string) {
	t.Helper()
	_, open := index.Open(path)
	_, made := index.Create(filepath.Join(folder, "new"), index.Config{})
	for what, err := range map[string]error{"Open": open, "Create": made} {
		if !errors.Is(err, index.ErrReadOnly) || !strings.Contains(err.Error(), "or name another folder") {
			t.Errorf("%s: %v, want ErrReadOnly and what to do", what, err)
		}
	}
}
