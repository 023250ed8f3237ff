package sqlitestore

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"errata/store/storetest"
)

// TestContractSorted is the contract where groups are soon too many for memory.
func TestContractSorted(t *testing.T) {
	storetest.RunAnswers(t, func(t *testing.T) storetest.Store {
		t.Helper()
		s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "errata.db")})
		s.groups = 20
		return s
	})
}

func TestContract(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T, dir string, now func() time.Time) storetest.Durable {
			t.Helper()
			s, err := Open(context.Background(), Config{Path: filepath.Join(dir, "errata.db"), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Break: func(s storetest.Durable, step string) {
			s.(*Store).hook = func(at string) error {
				if at == step {
					return storetest.ErrBroken()
				}
				return nil
			}
		},
		View: func(ctx context.Context, s storetest.Durable, f func(storetest.Reader) error) error {
			return s.(*Store).View(ctx, func(v *View) error { return f(v) })
		},
	})
}
