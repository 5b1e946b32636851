package models_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/quern-search/quern/rerank/models"
)

// againEnv names the test that runs in a process of its own.
const againEnv = "QUERN_TEST_AGAIN"

// disk runs the test that calls it once more, in a process that has a small disk of its own in memory, and returns the
// disk's folder there; elsewhere it is empty.
func disk(t *testing.T, size string) (folder string) {
	t.Helper()
	if os.Getenv(againEnv) == t.Name() {
		folder = t.TempDir()
		err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") // nobody else sees it
		if err == nil {
			err = syscall.Mount("none", folder, "tmpfs", 0, "size="+size)
		}
		if err != nil {
			t.Skipf("mount: %v: sudo go test ./rerank/models/ -run %s runs this", err, t.Name())
		}
		t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
		return folder
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), againEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 { // as a user who is root in there
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		t.Skipf("%v: sudo go test ./rerank/models/ -run %s runs this", err, t.Name())
	case err != nil:
		t.Errorf("%s", out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return ""
}

// What the disk has no room for is not begun.
func TestPullToASmallDisk(t *testing.T) {
	folder := disk(t, "128k")
	if folder == "" {
		return
	}
	h := hub(t)
	p := newPuller(t, h)
	p.store.Dir = folder
	p.mustFail(from, models.Bytes(int64(len(aModel())))+" have to come, and the disk of "+folder+" has ", " kB free: make room, or name another folder")
	if kept := p.kept(); kept > 0 {
		t.Errorf("%d bytes came", kept)
	}
	p.mustFail("hf:"+repo+":Q8_0", "have to come")
}

// A disk that is full midway is told, and what has come is gone on from when there is room.
func TestPullToAFullDisk(t *testing.T) {
	folder := disk(t, "128k")
	if folder == "" {
		return
	}
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Range")
		w.Header().Set("Etag", `"one"`)
		data := aModel()
		if asked != "" {
			var begin int
			_, _ = fmt.Sscanf(asked, "bytes=%d-", &begin)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", begin, len(data)-1))
			w.WriteHeader(http.StatusPartialContent)
			data = data[begin:]
		}
		_ = http.NewResponseController(w).Flush() // no length
		_, _ = w.Write(data)
	}))
	defer server.Close()
	p := newPuller(t, hub(t))
	p.store.Dir = folder
	p.mustFail(server.URL+"/"+file, "no space left on device: make room: what has come is kept")
	if p.kept() == 0 {
		t.Fatal("nothing is kept")
	}
	if err := syscall.Mount("none", folder, "tmpfs", syscall.MS_REMOUNT, "size=2m"); err != nil {
		t.Fatal(err)
	}
	p.mustPull(server.URL+"/"+file, aModel())
	if asked == "" {
		t.Error("it began anew")
	}
}
