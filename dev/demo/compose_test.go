package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// loadCompose reads a Compose file as `docker compose config` does: schema, variables and references are checked.
func loadCompose(t *testing.T, file string, environment ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environment))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func TestComposeFilesAreValid(t *testing.T) {
	for file, environment := range map[string][]string{
		"../../docker-compose.yaml": {"MOCKFORGE_POSTGRES_PASSWORD=secret"},
		"compose.linux.yaml":        {"MOCKFORGE_DSN=postgres://", "MOCKFORGE_DEMO_DIST=/dist", "MOCKFORGE_DEMO_PROVISIONING=/provisioning", "MOCKFORGE_DEMO_UI_PORT=3000"},
		"compose.desktop.yaml":      {"MOCKFORGE_DSN=postgres://", "MOCKFORGE_DEMO_DIST=/dist", "MOCKFORGE_DEMO_PROVISIONING=/provisioning", "MOCKFORGE_DEMO_UI_PORT=3000"},
	} {
		t.Run(file, func(t *testing.T) {
			project, err := loadCompose(t, file, environment...)
			if err != nil {
				t.Fatal(err)
			}
			for name, service := range project.Services {
				if service.Build == nil {
					checkPinned(t, name, service.Image)
				} else if _, err := os.Stat(filepath.Join(service.Build.Context, service.Build.Dockerfile)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for _, volume := range service.Volumes {
					if !strings.Contains(volume.Source, "provisioning/") {
						continue // what the build makes
					}
					if _, err := os.Stat(volume.Source); err != nil {
						t.Errorf("%s: volume %s: %v", name, volume.Target, err)
					}
				}
				for _, port := range service.Ports {
					if port.HostIP != "127.0.0.1" {
						t.Errorf("%s: port %s is open on %q; want loopback alone", name, port.Published, port.HostIP)
					}
				}
			}
		})
	}
}

// checkPinned tells images that may be others tomorrow: those without a version, and those whose version moves.
func checkPinned(t *testing.T, service, image string) {
	t.Helper()
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found || tag == "latest" || !strings.Contains(tag, ".") {
		t.Errorf("%s: image %q is not pinned to a version", service, image)
	}
}

func TestComposeDemandsAPassword(t *testing.T) {
	if _, err := loadCompose(t, "../../docker-compose.yaml"); err == nil || !strings.Contains(err.Error(), "choose a password") {
		t.Errorf("without a password: %v; want it to be asked for", err)
	}
}
