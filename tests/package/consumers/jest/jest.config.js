const transform = {};

export default {
  projects: [
    { displayName: "node", testEnvironment: "node", transform },
    // With the condition `node`, the package reads its WebAssembly from the disk, as there is no server to fetch it from.
    { displayName: "jsdom", testEnvironment: "./jsdom.mjs", testEnvironmentOptions: { customExportConditions: ["node"] }, transform },
  ],
};
