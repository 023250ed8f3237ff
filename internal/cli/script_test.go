package cli

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"errata": func() { Main(os.Exit) },
	})
}

// TestScript runs the files of testdata/script as a user would type them.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_DATA_HOME", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"truncate": truncateCmd, "cmpnumbers": cmpNumbersCmd,
		},
	})
}

// truncate FROM N FILE writes the first N bytes of FROM into FILE.
func truncateCmd(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.ReadFile(args[0])
	n := 0
	for _, c := range args[1] {
		n = n*10 + int(c-'0')
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(b[:min(n, len(b))]), 0o600))
}

// cmpnumbers A B compares the rows and totals of two answers; their notes may differ.
func cmpNumbersCmd(ts *testscript.TestScript, _ bool, args []string) {
	var got [2]struct{ Rows, Totals any }
	for i, a := range args {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(a)), &got[i]))
	}
	if d := cmp.Diff(got[1], got[0]); d != "" {
		ts.Fatalf("%s and %s differ: %s", args[0], args[1], d)
	}
}
