/** For Jest without native modules. In CommonJS there is no `import.meta`, with which holdfast finds its worker. */
const withoutImportMeta = ({ types }) => ({
  visitor: { MetaProperty: (path) => path.replaceWith(types.objectExpression([])) },
});

module.exports = {
  presets: [['@babel/preset-env', { targets: { node: 'current' } }]],
  plugins: [withoutImportMeta],
};
