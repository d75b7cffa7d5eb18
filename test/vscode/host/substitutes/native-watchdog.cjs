/** Stands in for @vscode/native-watchdog, whose native part is not built here: VS Code also watches its parent itself. */
const { exit } = require('node:process');

exports.start = () => undefined;
exports.exit = exit;
