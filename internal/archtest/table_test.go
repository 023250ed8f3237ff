package archtest

// pkg is one line of the package map.
type pkg struct {
	path  string // below the module path
	layer int    // import height: imports go to a lower one only
	ours  []string
	third []string // modules, the whole allowance
	pure  bool     // no clock, no goroutine, no changing package variable
	tests bool     // exists for tests: may import anything of ours outside its forbid list, but nothing outside of tests imports it

	forbid []string // packages that must not be reached, not even through others
}

// everything stands for all packages of a lower layer: for those that join the others.
var everything = []string{"*"}

// packages is the whole map. A package that is missing here fails the test, and
// so does a line without a package.
var packages = []pkg{
	// The vocabulary and the pure stages.
	{path: "ingest", layer: 0, pure: true},
	{path: "parse/normal", layer: 0, pure: true, third: []string{"github.com/dchest/siphash"}},
	{path: "parse/envelope", layer: 0, pure: true},
	{path: "parse/format", layer: 1, pure: true, ours: []string{"parse/envelope", "parse/normal"}},
	{path: "parse", layer: 2, pure: true, ours: []string{"parse/envelope", "parse/format", "parse/normal"}, third: []string{
		"github.com/klauspost/compress", // bodies may be gzip
		"golang.org/x/sys",              // which instructions the processor has
	}},
	{path: "aggregate", layer: 3, pure: true, ours: []string{"parse", "parse/normal"}},
	{path: "store", layer: 4, pure: true, ours: []string{"ingest", "aggregate"}},

	// What stands beside them and knows no stage.
	{path: "migrations", layer: 0, third: []string{"github.com/pressly/goose/v3"}},
	{path: "internal/telemetry", layer: 0},
	{path: "internal/near", layer: 0},
	{path: "internal/cli/when", layer: 0},
	{path: "internal/cli/out", layer: 1, ours: []string{"internal/near"}},
	{path: "internal/cli/eventjson", layer: 3, ours: []string{"internal/cli/out", "parse", "parse/normal"}},
	{path: "internal/dlq", layer: 3, ours: []string{"ingest", "parse", "parse/normal"}},

	// Adapters: made by internal/app alone.
	{path: "ingest/filesrc", layer: 5, ours: []string{"ingest"}, third: []string{"github.com/klauspost/compress"}},
	{path: "store/sqlitestore", layer: 5, ours: []string{"aggregate", "ingest", "migrations", "parse/normal", "store"}, third: []string{"modernc.org/sqlite", "golang.org/x/sys"}},

	{path: "store/memstore", layer: 5, ours: []string{"aggregate", "ingest", "store"}},

	// What people read.
	{path: "internal/svg", layer: 0},
	{path: "internal/names", layer: 0},
	{path: "internal/demand", layer: 5, ours: []string{"aggregate", "store"}},
	{path: "internal/report", layer: 6, ours: []string{"aggregate", "internal/cli/out", "internal/demand", "store"}},
	{path: "internal/report/render", layer: 7, ours: []string{"internal/cli/out", "internal/demand", "internal/report", "internal/svg"}},

	// The loop and its neighbours.
	{path: "internal/pipeline", layer: 6, ours: []string{"aggregate", "ingest", "internal/dlq", "parse", "parse/normal", "store"}},
	{path: "internal/gen", layer: 6, third: []string{"go.yaml.in/yaml/v3"}},

	// The process.
	{path: "internal/config", layer: 7, ours: everything, third: []string{
		"github.com/spf13/viper", "github.com/spf13/pflag", "github.com/go-viper/mapstructure/v2",
		"go.yaml.in/yaml/v3", "github.com/adrg/xdg",
	}},
	{path: "internal/app", layer: 8, ours: everything, third: []string{"golang.org/x/sync"}},
	{path: "internal/cli", layer: 9, ours: everything, third: []string{
		"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb/v8", "github.com/mattn/go-isatty",
		"golang.org/x/sys", // how wide the terminal is
	}},
	{path: "cmd/errata", layer: 10, ours: []string{"internal/cli"}},

	// Tests.
	{path: "internal/archtest", layer: 11, tests: true},
	{path: "internal/e2e", layer: 11, tests: true},
	{path: "internal/oracle", layer: 6, tests: true, forbid: []string{"parse", "parse/normal", "parse/format", "parse/envelope", "aggregate"}},
	{path: "ingest/ingesttest", layer: 1, tests: true, ours: []string{"ingest"}},
	{path: "internal/testenv", layer: 0, tests: true, third: []string{"github.com/chromedp/chromedp", "github.com/chromedp/cdproto"}},
	{path: "store/storetest", layer: 6, tests: true, ours: everything, third: []string{"github.com/google/go-cmp"}},
}

// adapters are constructed by the composition root alone; config takes their Config type.
var adapters = map[string][]string{
	"ingest/filesrc":    {"internal/app", "internal/config"},
	"store/sqlitestore": {"internal/app", "internal/config"},
	"store/memstore":    {"internal/app"},
}

// inTests are the modules that any test file may use besides its package's own.
var inTests = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal"}

const (
	maxFileLines    = 500   // one idea a file
	maxPackageLines = 1_500 // without tests; a larger package says in its doc.go why it is over 1,500 lines
)
