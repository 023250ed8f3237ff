package app

import (
	"errors"
	"fmt"

	"errata/internal/config"
	"errata/internal/demand"
	"errata/internal/names"
)

// Names are the operator's names of callers; nil where no file is configured.
func (a *App) Names() (demand.Names, error) {
	path := a.cfg.Privacy.CallerNamesFile
	if path == "" {
		return nil, nil //nolint:nilnil // no names are no error
	}
	f, err := names.Open(path)
	if err == nil {
		return f, nil
	}
	const key = "privacy.caller_names_file"
	if le, ok := errors.AsType[*names.LineError](err); ok {
		return nil, config.Problems{{Where: fmt.Sprintf("%s:%d", path, le.Line), Text: le.What()}}
	}
	return nil, config.Problems{{Where: a.cfg.Origin(key), Text: fmt.Sprintf("%s: %s: %v", key, path, err)}}
}
