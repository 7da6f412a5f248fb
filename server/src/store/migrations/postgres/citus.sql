-- To run once, on the coordinator, after the first start of Vigie: spreads the schools over the workers. Every table of schools is cut by
-- `uai`, so that a school is whole on one worker; the small tables that all of them read are copied to each. What is about people
-- who sign in (`person`, `web_session`, `used_proof`), and the queue with what it makes (`job`, `export`, `export_file`, `export_taken`),
-- stays on the coordinator.

SELECT create_distributed_table('school', 'uai');
SELECT create_distributed_table('code', 'uai', colocate_with => 'school');
SELECT create_distributed_table('daily_cells', 'uai', colocate_with => 'school');
SELECT create_distributed_table('daily_sets', 'uai', colocate_with => 'school');
SELECT create_distributed_table('yearly_sets', 'uai', colocate_with => 'school');
SELECT create_distributed_table('member', 'uai', colocate_with => 'school');
SELECT create_distributed_table('opted_out', 'uai', colocate_with => 'school');
SELECT create_distributed_table('numbering', 'uai', colocate_with => 'school');
SELECT create_distributed_table('profile_grouping', 'uai', colocate_with => 'school');
SELECT create_distributed_table('feed', 'uai', colocate_with => 'school');
SELECT create_distributed_table('subscription_state', 'uai', colocate_with => 'school');
SELECT create_distributed_table('cumulative', 'uai', colocate_with => 'school');
SELECT create_distributed_table('incident', 'uai', colocate_with => 'school');
SELECT create_distributed_table('responsable', 'uai', colocate_with => 'school');
SELECT create_distributed_table('seen_run', 'uai', colocate_with => 'school');
SELECT create_distributed_table('import_marker', 'uai', colocate_with => 'school');
SELECT create_distributed_table('school_figures', 'uai', colocate_with => 'school');
SELECT create_distributed_table('favourite', 'uai', colocate_with => 'school');
SELECT create_distributed_table('default_search', 'uai', colocate_with => 'school');
SELECT create_distributed_table('shared_link', 'uai', colocate_with => 'school');
SELECT create_reference_table('resource');
SELECT create_reference_table('presentation');
SELECT create_reference_table('place');
