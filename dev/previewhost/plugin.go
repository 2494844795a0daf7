package previewhost

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
)

// manifest is what the host reads of a plugin.json.
type manifest struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Backend    bool   `json:"backend"`
	Executable string `json:"executable"`
	Info       struct {
		Version string `json:"version"`
		Logos   struct {
			Small string `json:"small"`
			Large string `json:"large"`
		} `json:"logos"`
	} `json:"info"`
	Includes []include `json:"includes"`
}

// include is a page, or another plugin, of an app.
type include struct {
	Type       string `json:"type"`
	Name       string `json:"name"`
	Path       string `json:"path"`
	Icon       string `json:"icon"`
	Role       string `json:"role"`
	AddToNav   bool   `json:"addToNav"`
	DefaultNav bool   `json:"defaultNav"`
}

// plugin is one plugin of the built folder: the app at its root, and those nested in it.
type plugin struct {
	manifest
	// document is plugin.json as it is.
	document json.RawMessage
	folder   string
	// path is where the browser finds the folder, below /public/plugins/.
	path string
	// process is nil for a plugin without a backend.
	process *process
	// settings are the settings of the one instance of a nested data source.
	settings *settings
}

// readPlugins finds the app in dist, and the plugins nested in it as Grafana does: by their plugin.json.
func readPlugins(dist string) ([]*plugin, error) {
	if dist == "" {
		dist = "dist"
	}
	dist, err := filepath.Abs(dist)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dist, "plugin.json")); err != nil {
		return nil, fmt.Errorf("no built plugin in %s: build it first (plugin.json is not there)", dist)
	}
	var plugins []*plugin
	err = filepath.WalkDir(dist, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() || entry.Name() != "plugin.json" {
			return nil
		}
		document, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p := &plugin{document: document, folder: filepath.Dir(path)}
		if err := json.Unmarshal(document, &p.manifest); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if p.ID == "" {
			return fmt.Errorf("%s: id is missing", path)
		}
		plugins = append(plugins, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The walk goes in lexical order, so the root's plugin.json may come after those of its folders.
	app := -1
	for i, p := range plugins {
		if p.folder == dist {
			app = i
		}
	}
	if app < 0 || plugins[app].Type != "app" {
		return nil, errors.New("plugin.json: type must be app")
	}
	plugins[0], plugins[app] = plugins[app], plugins[0]
	for _, p := range plugins {
		relative, err := filepath.Rel(dist, p.folder)
		if err != nil {
			return nil, err
		}
		p.path = filepath.ToSlash(filepath.Join(plugins[0].ID, relative))
	}
	return plugins, nil
}

// app returns the plugin at the root.
func (h *Host) app() *plugin { return h.plugins[0] }

// plugin finds a plugin by its id; nil is none.
func (h *Host) plugin(id string) *plugin {
	for _, p := range h.plugins {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// executable returns the backend's file for this machine, named as Grafana names it.
func (p *plugin) executable() string {
	name := fmt.Sprintf("%s_%s_%s", p.Executable, runtime.GOOS, runtime.GOARCH)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(p.folder, filepath.FromSlash(name))
}

func (p *plugin) start(logger *slog.Logger) error {
	if !p.Backend {
		return nil
	}
	if _, err := os.Stat(p.executable()); err != nil {
		return fmt.Errorf("the backend of %s is not built: %s is missing", p.ID, p.executable())
	}
	p.process = newProcess(p.executable(), logger.With("plugin", p.ID))
	_, err := p.process.connect()
	return err
}

func (p *plugin) stop() {
	if p.process != nil {
		p.process.stop()
	}
}
