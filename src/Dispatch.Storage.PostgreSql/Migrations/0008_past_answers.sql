-- The form of a project at each version that changed it: an answer of the past is drawn by the form it was given under.
CREATE TABLE project_form (
  project_id    uuid NOT NULL REFERENCES project,
  version       int NOT NULL,
  form_settings text NOT NULL,
  binding       text NOT NULL,
  PRIMARY KEY (project_id, version)
);
-- Forms of before were not kept: the present one stands for them.
INSERT INTO project_form (project_id, version, form_settings, binding) SELECT project_id, 1, form_settings, binding FROM project;
