import CopyPlugin from "copy-webpack-plugin";

export default {
  entry: "./src/main.js",
  output: { clean: true },
  plugins: [new CopyPlugin({ patterns: ["public"] })],
  devServer: { static: "public" },
};
