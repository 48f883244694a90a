-- Samples are searched by how the names of their files and devices begin, in large or small letters.
CREATE INDEX samples_by_file_beginning ON samples (project_id, lower(file_name), id);
CREATE INDEX samples_by_device_beginning ON samples (project_id, lower(device_name), id);
