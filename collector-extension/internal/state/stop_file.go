package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	stopName = "stop.json"
	// maxStopFile is far more than a stop takes.
	maxStopFile = 1 << 20
)

// errNoDirectory says why a stop is not on disk.
var errNoDirectory = errors.New("recorder::storage::spool_directory is not set")

// StopFile keeps the stop of a collector on its disk, so that it outlives the process. One without a directory keeps
// nothing. It is for use by one goroutine at a time.
type StopFile struct{ directory string }

// NewStopFile makes a file in directory, which is made with the first stop; empty is none.
func NewStopFile(directory string) *StopFile { return &StopFile{directory: directory} }

func (f *StopFile) path() string { return filepath.Join(f.directory, stopName) }

// Load returns the stop that is there, nil for none. A file that cannot be read, or is torn, is a stop of everything: the
// error says why, and comes with it.
func (f *StopFile) Load() (*scenario.Stop, error) {
	if f.directory == "" {
		return nil, nil
	}
	file, err := os.Open(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	at := time.Now()
	var content []byte
	if err == nil {
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			at = info.ModTime()
		}
		content, err = io.ReadAll(io.LimitReader(file, maxStopFile))
	}
	if err == nil {
		var stop scenario.Stop
		if stop, err = decodeStop(content); err == nil {
			return &stop, nil
		}
	}
	return &scenario.Stop{
		Relief: scenario.Everything(), By: "collector", Action: "stop", At: at, Base: -1,
		Reason: "the record of a stop on the collector's disk could not be read",
	}, fmt.Errorf("%s cannot be read: %w", f.path(), err)
}

// decodeStop reads what Save has written.
func decodeStop(content []byte) (scenario.Stop, error) {
	var stop scenario.Stop
	if err := json.Unmarshal(content, &stop); err != nil {
		return stop, err
	}
	if stop.Relief.None() || stop.At.IsZero() || stop.Action == "" {
		return stop, errors.New("it is not whole")
	}
	return stop, nil
}

// Save puts the stop on the disk, in place of what was there: once it returns, the stop outlives the machine.
func (f *StopFile) Save(stop scenario.Stop) error {
	if f.directory == "" {
		return errNoDirectory
	}
	content, err := json.Marshal(stop)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.directory, 0o700); err != nil {
		return err
	}
	temporary := f.path() + ".new"
	if err := writeSynced(temporary, content); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, f.path()); err != nil {
		return err
	}
	return f.sync()
}

func writeSynced(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// sync makes the name of the file as durable as its content.
func (f *StopFile) sync() error {
	if runtime.GOOS == "windows" {
		return nil // Directories cannot be synced there, and renaming is durable.
	}
	directory, err := os.Open(f.directory)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// Remove forgets the stop.
func (f *StopFile) Remove() error {
	if f.directory == "" {
		return nil
	}
	if err := os.Remove(f.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
