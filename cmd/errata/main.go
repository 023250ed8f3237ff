// Command errata turns API logs into answers about error envelopes.
package main

import (
	"os"

	"errata/internal/cli"
)

func main() { cli.Main(os.Exit) }
