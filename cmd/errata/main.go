// Command errata turns API logs into answers about error envelopes.
package main

import (
	"os"

	"errata/internal/cli"
)

func main() { os.Exit(cli.Main()) }
